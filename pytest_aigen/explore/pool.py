"""Where inputs come from: the constants of a function by type, and what its documentation says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_aigen.explore.patterns import near, samples
from pytest_aigen.explore.recipes import Recipe

#: The longest text, and the most constants of one type.
LONGEST, MOST = 60, 80


@dataclass(slots=True)
class Pool:
    """Constants by type, in the order in which they were found; each once."""

    ints: dict[int, None] = field(default_factory=dict)
    floats: dict[float, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)
    bytes: dict[bytes, None] = field(default_factory=dict)
    #: Texts that serve as keys: ``x["key"]``, ``x.get("key")``, ``"key" in x``.
    keys: dict[str, None] = field(default_factory=dict)
    #: Texts that match a pattern of the code, or a date format: whole inputs rather than pieces.
    shaped: dict[str, None] = field(default_factory=dict)
    #: Texts that nearly match a pattern of the code.
    nearly: dict[str, None] = field(default_factory=dict)
    #: Texts with a prefix or suffix that the code asks for.
    affixed: dict[str, None] = field(default_factory=dict)
    #: What arguments of that name are given in examples, and by default.
    usual: Mapping[str, Sequence[Recipe]] = field(default_factory=dict)
    #: Texts in the examples of the documentation.
    documented: dict[str, None] = field(default_factory=dict)
    #: Words of the names of the function and its class.
    words: tuple[str, ...] = ()
    #: Whether the module asks what time it is.
    reads_clock: bool = False
    #: Documentation of the function, and messages of its errors.
    documentation: str = ""

    def usual_bytes(self, name: str) -> list[Any]:
        """What is usual for an argument of that name, as far as it is bytes."""
        return [value for value in self.usual.get(name, ()) if type(value) is bytes]

    def pattern(self, pattern: Any, flags: int = 0) -> None:
        """Takes a regular expression: texts that match it, and that nearly do."""
        for text in samples(pattern, flags):
            if isinstance(pattern, bytes):
                self.bytes.setdefault(text.encode("latin-1", "replace"))
            else:
                self.shaped.setdefault(text)
        for text in near(pattern, flags) if isinstance(pattern, str) else ():
            self.nearly.setdefault(text)

    def add(self, value: object) -> None:
        """Takes a constant, and those in a container; anything else is ignored."""
        if isinstance(value, bool):
            return
        if type(value) is int and len(self.ints) < MOST and abs(value) < 2**70:
            self.ints.setdefault(value)
        elif type(value) is float and len(self.floats) < MOST:
            self.floats.setdefault(value)
        elif type(value) is str and len(value) <= LONGEST and len(self.texts) < MOST:
            self.texts.setdefault(value)
        elif type(value) is bytes and len(value) <= LONGEST and len(self.bytes) < MOST:
            self.bytes.setdefault(value)
        elif isinstance(value, re.Pattern):
            self.pattern(value.pattern, value.flags)
        elif isinstance(value, Mapping):
            for key, item in list(value.items())[:20]:
                if type(key) is str and len(key) <= LONGEST:
                    self.texts.setdefault(key)
                elif type(key) is not str:
                    self.add(key)
                self.add(item)
        elif isinstance(value, (list, tuple)):
            for item in value[:20]:
                self.add(item)
        elif isinstance(value, (set, frozenset)):
            for item in sorted(value, key=repr)[:20]:
                self.add(item)

    def near(self) -> Iterator[int]:
        """The numbers, and those one below and one above."""
        seen: dict[int, None] = {}
        for number in self.ints:
            for value in (number, number - 1, number + 1):
                seen.setdefault(value)
        return iter(seen)
