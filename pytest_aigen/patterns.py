"""Regular expressions that are compiled when they are first used: that takes longer than all else in a run without work."""

from __future__ import annotations

import re
from typing import Any, cast


class _Pattern:
    def __init__(self, pattern: str, flags: int) -> None:
        self._text, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)  # from now on it is found without this detour
        return found


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """What ``re.compile`` returns, but for functions of ``re`` that take a compiled pattern, which it is not.

    >>> word = regex(r"[a-z]+")
    >>> word.fullmatch("word")[0], word.sub("-", "a 1"), word.pattern
    ('word', '- 1', '[a-z]+')
    """
    return cast("re.Pattern[str]", _Pattern(text, flags))
