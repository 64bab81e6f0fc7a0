"""Functions that tests of probes call in the child."""

from __future__ import annotations

import gc
import importlib
import os
import time
from collections.abc import Iterator
from typing import Any


def fixtures(names: Any, values: Any) -> Iterator[str]:
    """The values of the fixtures, two rounds of them; of one that cannot be set up why not."""
    for _ in range(2):
        for name in names:
            try:
                yield repr(values.value(name))
            except Exception as error:
                yield f"{type(error).__name__}: {str(error).splitlines()[-1]}"
        try:
            values.renew()
        except RuntimeError as error:
            yield f"torn down: {error}"


def double(argument: Any) -> Any:
    return importlib.import_module("shop.cart").TAX, argument * 2


def count(argument: Any) -> Iterator[int]:
    for number in range(argument):
        time.sleep(0.8)
        yield number


def count_and_hang(argument: Any) -> Iterator[int]:
    yield from range(argument)
    while True:
        pass


def count_and_crash(argument: Any) -> Iterator[int]:
    yield from range(argument)
    os._exit(5)


def fail(argument: Any) -> None:
    raise LookupError(argument)


def lock(argument: Any) -> Any:
    import threading

    return threading.Lock()


def write(argument: Any) -> str:
    try:
        open(argument, "w").close()
    except PermissionError as exc:
        return str(exc)
    return "written"


def collecting(argument: Any) -> bool:
    return gc.isenabled()


def looks_around(argument: Any) -> int:
    return len(gc.get_objects())
