"""Writes that are ended with SIGKILL: forked from one warm process, a child for each write and each recovery.

``python tests/crashing.py FOLDER SEED TIMES`` prints what went wrong, one line for each, and nothing where all is well.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

from pytest_aigen import lock
from pytest_aigen.data import Edit
from pytest_aigen.journal import recover
from pytest_aigen.write import read, write

ADDED = "\n\ndef test_new():\n    assert 1\n"
OLD = {
    "tests/test_plain.py": b"def test_old():\n    pass\n",
    "tests/test_large.py": b"# " + b"x" * 200_000 + b"\n",  # takes its time to write
    "tests/test_dos.py": b"def test_old():\r\n    pass\r\n",
    "tests/test_latin.py": "# coding: latin-1\nX = 'ü'\n".encode("latin-1"),
    "tests/test_private.py": b"SECRET = 1\n",
    "other/test_true.py": b"# behind a link\n",
}
NEW = ("tests/a/b/test_new.py", "tests/a/test_other.py", "test_top.py")
LINK = "tests/test_link.py"
MODES = {"tests/test_private.py": 0o600, "tests/test_dos.py": 0o755}
#: Modules of which a line may touch a file.
TOUCHING = {"write", "journal", "lock", "statefolder", "pathlib", "_local", "shutil", "crashing"}
#: A line of a file, and which time it is run.
Spot: TypeAlias = tuple[str, int, int]
#: What always stays.
HOME = {".pytest_aigen", ".pytest_aigen/.gitignore", ".pytest_aigen/journal"}
FOLDERS = {"tests", "other"}


class Place:
    def __init__(self, root: Path) -> None:
        self.root = root
        for name, data in OLD.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(MODES.get(name, 0o644))
        (root / LINK).symlink_to(Path("..", "other", "test_true.py"))
        self.edits = [self._edit(name) for name in (*OLD, *NEW) if name != "other/test_true.py"]
        self.edits.insert(2, self._edit(LINK))
        self.after = {name: data + _added(data) for name, data in OLD.items()}
        self.after |= {name: ADDED.encode() for name in NEW}

    def _edit(self, name: str) -> Edit:
        before = read(self.root / name)
        ends = "\r\n" if "\r\n" in (before or "") else "\n"
        return Edit(self.root / name, before, (before or "") + ADDED.replace("\n", ends), ("test_new",))

    def write(self, step: Callable[[str], None] = lambda name: None) -> None:
        with lock.held(self.root):
            write(self.edits, root=self.root, step=step)

    def recover(self) -> tuple[str, ...]:
        with lock.held(self.root):
            return recover(self.root)

    def whole(self) -> list[str]:
        """What is wrong with the files themselves, at any instant."""
        wrong = []
        for name, after in self.after.items():
            path = self.root / name
            now = path.read_bytes() if path.exists() else None
            if now not in (OLD.get(name), after):
                wrong.append(f"{name} is {now if now is None else now[:80]!r}")
            if (
                now is not None
                and name in OLD
                and stat.S_IMODE(path.stat().st_mode) != MODES.get(name, 0o644)
            ):
                wrong.append(f"{name} has mode {path.stat().st_mode:o}")
        return wrong if (self.root / LINK).is_symlink() else [*wrong, "the link is gone"]

    def tidy(self) -> list[str]:
        """What is left that nobody wants, after recovery."""
        there = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*")}
        files = {name for name in self.after if name in there}
        parents = {p.as_posix() for name in files for p in Path(name).parents} - {"."}
        stray = there - files - parents - HOME - FOLDERS - {LINK}
        return [f"left behind: {name}" for name in sorted(stray)]


def _added(data: bytes) -> bytes:
    return (ADDED.replace("\n", "\r\n") if b"\r\n" in data else ADDED).encode()


def child(act: Callable[[], Any], after: float | None = None) -> int:
    """Runs it in a fork, which is killed after so many seconds; returns how it ended."""
    pid = os.fork()
    if not pid:
        try:
            act()
            os._exit(0)
        except BaseException as error:
            print(f"in a child: {error!r}", flush=True)
            os._exit(1)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def kill_me(*args: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_line(spot: Spot, act: Callable[[], Any]) -> Callable[[], Any]:
    """The act, killed before the nth time that it comes to a line of Python, ours or the library's."""
    file, line, number = spot

    def run() -> None:
        left = number

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal left
            if event == "line" and frame.f_lineno == line and frame.f_code.co_filename == file:
                left -= 1
                if left == 0:
                    kill_me()
            return trace

        sys.settrace(trace)
        act()

    return run


def spots(act: Callable[[], Any]) -> list[Spot]:
    """The lines that it comes to, and that may touch a file, each with how often."""
    seen: Counter[tuple[str, int]] = Counter()

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        seen[frame.f_code.co_filename, frame.f_lineno] += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return sorted((f, line, times) for (f, line), times in seen.items() if times and Path(f).stem in TOUCHING)


def one_of(found: list[Spot], dice: random.Random) -> Spot:
    file, line, times = dice.choice(found)
    return file, line, dice.randint(1, times)


def check(place: Place, what: str, dice: random.Random, recovering: list[Spot]) -> list[str]:
    """After a crash: whole at once; and, however often recovery is killed too, tidy when it is done."""
    wrong = place.whole()
    for _ in range(dice.randrange(3)):
        if child(at_line(one_of(recovering, dice), place.recover)) not in (0, signal.SIGKILL):
            wrong.append("a recovery failed")
        wrong += place.whole()
    said = place.recover()
    wrong += place.whole() + place.tidy()
    if any("cannot be rolled back" in line or "left alone" in line for line in said):
        wrong.append(f"recovery said {said}")
    if again := place.recover():
        wrong.append(f"recovery said again {again}")
    place.write()
    missing = [
        n
        for n, data in place.after.items()
        if not (place.root / n).exists() or (place.root / n).read_bytes() != data
    ]
    # What was complete before the crash is no longer as the edit was made from, and is refused: it is there already.
    return [f"{what}: {line}" for line in (*wrong, *(f"{name} was not written" for name in missing))]


def _killing(number: int) -> Callable[[str], None]:
    """A step that ends the process the nth time."""
    left = [number]

    def step(name: str) -> None:
        if not left[0]:
            kill_me()
        left[0] -= 1

    return step


def every_step(folder: Path, dice: random.Random, recovering: list[Spot]) -> list[str]:
    seen: list[tuple[int, str]] = []
    dry = Place(folder / "dry")
    dry.write(lambda name: seen.append((len(seen), name)))
    wrong = []
    for number, name in seen:
        place = Place(folder / f"step{number}")
        if child(partial(place.write, _killing(number))) != signal.SIGKILL:
            wrong.append(f"step {number} {name}: not killed")
        wrong += check(place, f"step {number} {name}", dice, recovering)
        shutil.rmtree(place.root)
    return wrong


def at_random(folder: Path, dice: random.Random, recovering: list[Spot], times: int) -> list[str]:
    """Half of them before a line of Python, which a seed brings back; half by the clock, which may be within a call."""
    begun = time.perf_counter()
    Place(folder / "warm").write()
    seconds = time.perf_counter() - begun
    writing = spots(Place(folder / "counted").write)
    wrong = []
    for number in range(times):
        place = Place(folder / f"random{number}")
        if number % 2:
            spot = one_of(writing, dice)
            what = f"before {Path(spot[0]).name}:{spot[1]}, time {spot[2]}"
            if child(at_line(spot, place.write)) != signal.SIGKILL:
                wrong.append(f"{what}: not killed")
        else:
            after = dice.uniform(0, seconds)
            what = f"after {after * 1000:.3f} ms"
            if child(place.write, after) not in (0, signal.SIGKILL):
                wrong.append(f"{what}: the write failed")
        wrong += check(place, what, dice, recovering)
        shutil.rmtree(place.root)
    return wrong


def main(folder: Path, seed: int, times: int) -> list[str]:
    dice = random.Random(seed)
    crashed = Place(folder / "crashed")
    child(lambda: crashed.write(lambda name: kill_me() if name == "replace" else None))
    recovering = spots(crashed.recover)
    return [*every_step(folder, dice, recovering), *at_random(folder, dice, recovering, times)]


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in main(Path(sys.argv[1]), *map(int, sys.argv[2:4]))))
