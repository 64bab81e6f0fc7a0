"""The module's own data, put back between calls, so that each call meets the module as it was imported."""

from __future__ import annotations

import copy
import enum
import types
from collections.abc import Callable
from typing import Any

_PLAIN = (type(None), bool, int, float, str, bytes, tuple, frozenset)
_CONTAINERS = (list, dict, set)
#: Larger ones are tables, not state: comparing them after every call would cost more than the calls.
_LARGEST = 500


class Snapshot:
    """Globals and class attributes of one module, as far as they are plain data; filled caches are emptied."""

    def __init__(self, module: types.ModuleType) -> None:
        self._owners: list[tuple[Any, dict[str, Any]]] = []
        #: Containers with what is in them, and how it is copied.
        self._contents: list[tuple[Any, Any, Callable[[Any], Any]]] = []
        self._caches: list[Any] = []
        self._take(module)
        for value in list(vars(module).values()):
            if (
                isinstance(value, type)
                and value.__module__ == module.__name__
                and not issubclass(value, enum.Enum)
            ):
                self._take(value)

    def _take(self, owner: Any) -> None:
        plain: dict[str, Any] = {}
        for name, value in list(vars(owner).items()):
            if name.startswith("__"):
                continue
            if type(value) in _CONTAINERS and len(value) <= _LARGEST:
                if (kept := _copied(value)) is None:
                    continue
                self._contents.append((value, *kept))
                plain[name] = value
            elif type(value) in _PLAIN:
                plain[name] = value
            elif hasattr(value, "cache_clear") and hasattr(value, "__wrapped__"):
                self._caches.append(value)
        self._owners.append((owner, plain))

    def changed(self) -> list[tuple[Any, str, Any, Any]]:
        """What differs now: the module or class, the name, the value before and now."""
        contents = {id(container): content for container, content, _ in self._contents}
        found: list[tuple[Any, str, Any, Any]] = []
        for owner, plain in self._owners:
            current = vars(owner)
            for name, value in plain.items():
                before, now = contents.get(id(value), value), current.get(name)
                if now is not value or (id(value) in contents and before != now):
                    found.append((owner, name, before, now))
        return found

    def restore(self) -> None:
        """Puts back what differs."""
        for container, content, copied in self._contents:
            if container != content:
                fresh = copied(content)
                container.clear()
                container.extend(fresh) if isinstance(container, list) else container.update(fresh)
        for owner, plain in self._owners:
            current = vars(owner)
            for name, value in plain.items():
                if current.get(name) is not value:
                    try:
                        setattr(owner, name, value)
                    except Exception:
                        continue
        for cache in self._caches:
            cache.cache_clear()


def _copied(value: Any) -> tuple[Any, Callable[[Any], Any]] | None:
    """A copy that is equal as long as nothing changes, and how it was made; None where there is none.

    What is deep inside counts where copies of it are equal to it, which those of partial functions, say, never are.
    """
    for make in (copy.deepcopy, copy.copy):
        try:
            copied = make(value)
            if copied == value:
                return copied, make
        except Exception:
            continue
    return None
