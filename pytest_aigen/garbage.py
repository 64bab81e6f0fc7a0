"""How often Python looks for garbage, and through how much."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import _lru_cache_wrapper

_PACKAGE = __name__.partition(".")[0]


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Look for garbage less often: the line makes many trees, which hold no cycles, beside all that the suite imported.

    At the end its functions forget what they remember: pytest has Python look through all there is, several times, before
    it ends.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        _forget()
        gc.set_threshold(*before)
        gc.unfreeze()


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{_PACKAGE}."):
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()
