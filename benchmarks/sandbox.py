"""What the sandbox costs a candidate: each layer by itself, and all together, in forks of a process like a warm session.

python benchmarks/sandbox.py [--repeat 200]
"""

from __future__ import annotations

import argparse
import importlib
import os
import struct
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles

from pytest_aigen.sandbox import kernel, limits
from pytest_aigen.sandbox.allowances import NOTHING
from pytest_aigen.sandbox.enter import Sandbox
from pytest_aigen.sandbox.seatbelt import Seatbelt

#: What a small test does: it is timed too, because an audit hook costs with every event.
WORK = 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=200, help="forks per layer")
    options = parser.parse_args()
    for name in ("pytest", "coverage", "asyncio", "unittest.mock", "sqlite3", "http.server"):
        importlib.import_module(name)
    started = time.perf_counter()
    whole = Sandbox()
    print(f"prepared once, in the warm session: {(time.perf_counter() - started) * 1000:.1f} ms")
    print(f"layers: {', '.join(whole.layers)}")
    with tempfile.TemporaryDirectory() as folder:
        place = [Path(os.path.realpath(folder))]
        measure(options.repeat, place, whole)


def measure(repeat: int, place: list[Path], whole: Sandbox) -> None:
    there = kernel.prepare(NOTHING)
    belt = Seatbelt(NOTHING, os.path.expanduser("~"))
    layers: dict[str, Callable[[], None]] = {
        "nothing": lambda: None,
        "limits": lambda: limits.apply(600),
        "audit hook": lambda: belt.buckle(place, print),
        "the layers of the kernel": lambda: there.enter(place, NOTHING),
        "everything": lambda: whole.enter(place, print, cpu_seconds=600),
    }
    times: dict[str, list[float]] = {name: [] for name in layers}
    for _ in range(repeat):
        for name, enter in layers.items():
            times[name].append(one(enter, place[0]))
    base = median(times["nothing"])
    print(f"{'':26}{'median':>9}{'95 %':>9}{'more':>9}   ms of processor time, with a little work")
    for name, found in times.items():
        middle, late = median(found) * 1000, quantiles(found, n=20)[-1] * 1000
        print(f"{name:26}{middle:9.2f}{late:9.2f}{middle - base * 1000:9.2f}")


def one(enter: Callable[[], None], folder: Path) -> float:
    """Seconds of processor time, which other programs do not add to, that a fork needs to put something on and work a little."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        started = time.process_time()
        with suppress(OSError):
            enter()
        for number in range(WORK):
            (folder / f"file{number}").write_text("x")
            (folder / f"file{number}").unlink()
        os.write(write, struct.pack("d", time.process_time() - started))
        os._exit(0)
    os.close(write)
    seconds = struct.unpack("d", os.read(read, 8))[0]
    os.close(read)
    os.waitpid(pid, 0)
    return float(seconds)


if __name__ == "__main__":
    main()
