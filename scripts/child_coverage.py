"""Coverage of the processes in which candidates run, for scripts/test.py.

They have an environment and a sandbox of their own, which keep out what coverage.py does for other subprocesses. So
the test environment has a ``.pth`` file that calls `start` in them, and what they measured goes into a file that is
opened before the sandbox is: one for each server and its forks, for the sandbox limits the size of what they write, and
hostile ones may spoil it. What is written each time is what is new in the sets that coverage.py's tracer fills: its database
would take longer than the job.

    python child_coverage.py FOLDER DATA     what was recorded, as one data file of coverage.py
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import socket
import struct
import sys
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import coverage

#: Names the folder to record into; unset where nothing is measured.
VARIABLE = "AIGEN_TESTS_COVERAGE"
_LENGTH = struct.Struct("!Q")
#: Stands before each record: hostile candidates write into every file that is open.
_MARK = b"\0coverage of a child\0"

#: Bits of a line in the numbers that the tracer in C makes of two, in the versions that the test environment has.
_BITS = 28
Arc: TypeAlias = Any

#: In the last frame that a child sends.
_RESULT = b"result"


def start(recorded: str) -> None:
    """Measure this process and its forks; each records when it tells its result, for then it is ended, or leaves."""
    if coverage.Coverage.current() is not None:
        return
    measured = coverage.Coverage(
        data_file=None, branch=True, source_pkgs=["pytest_aigen"], config_file=False, messages=False
    )
    os.makedirs(recorded, exist_ok=True)
    target = os.open(os.path.join(recorded, str(os.getpid())), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    leave, send = os._exit, socket.socket.sendall
    known: dict[str, set[Arc]] = {}

    def record() -> None:
        # A candidate may have made warnings errors, and patched what it likes.
        with contextlib.suppress(BaseException), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            new: dict[str, set[Arc]] = {}
            for path, arcs in sets(measured):
                new[path] = set(arcs) - known.get(path, set())
                known.setdefault(path, set()).update(new[path])
            if any(new.values()):
                data = pickle.dumps(new)
                os.write(target, _MARK + _LENGTH.pack(len(data)) + data)

    def record_and_leave(status: int) -> None:
        record()
        leave(status)

    def record_and_send(self: socket.socket, data: bytes, flags: int = 0) -> None:
        if _RESULT in data:
            record()
        send(self, data, flags)

    os._exit = record_and_leave  # type: ignore[assignment]
    socket.socket.sendall = record_and_send  # type: ignore[method-assign,assignment]
    os.register_at_fork(before=record)
    measured.start()


def sets(measured: coverage.Coverage) -> list[tuple[str, set[Arc]]]:
    """By file, what coverage.py's tracer has seen and not written: pairs of lines, each as one number or as it is."""
    collector: Any = getattr(measured, "_collector", None)
    return list(collector.data.items())


def keep() -> None:
    """Save what this process measured, at its end, though it made a Coverage of its own: then coverage.py does not.

    While that other one measures, ours pauses; so what the other saw of the package counts too.
    """
    measured = coverage.Coverage.current()
    if measured is None:
        return
    stop, seen = coverage.Coverage.stop, []

    def stop_and_note(self: coverage.Coverage) -> None:
        stop(self)
        if self is not measured:
            with contextlib.suppress(Exception):
                data = self.get_data()
                ours = [path for path in data.measured_files() if f"{os.sep}pytest_aigen{os.sep}" in path]
                seen.append({path: data.arcs(path) or [] for path in ours})

    def save() -> None:
        with contextlib.suppress(Exception):
            measured.stop()
            for arcs in seen:
                measured.get_data().add_arcs(arcs)
            measured.save()

    coverage.Coverage.stop = stop_and_note  # type: ignore[method-assign]
    atexit.register(save)


def install(site_packages: Path) -> None:
    """Make every process of the environment that runs candidates call `start`, and every other one `keep`."""
    script = f"__import__('runpy').run_path({__file__!r})"
    line = (
        f"import os; os.environ.get({VARIABLE!r}) and ("
        f"{script}['start'](os.environ[{VARIABLE!r}]) if os.environ.get('PYTEST_AIGEN_CHILD') else "
        f"os.environ.get('COVERAGE_PROCESS_CONFIG') and {script}['keep']())\n"
    )
    site_packages.joinpath("aigen_tests_coverage.pth").write_text(line, "utf-8")


def convert(recorded: Path, target: str) -> None:
    """What was recorded, as one data file."""
    from pytest_aigen.unwritten import branch  # not in `start`: importing it is to be measured

    arcs: dict[str, set[tuple[int, int]]] = {}
    for record in records(recorded):
        with contextlib.suppress(pickle.UnpicklingError, EOFError, ValueError):
            for path, seen in pickle.loads(record).items():
                arcs.setdefault(path, set()).update(branch(arc, _BITS) for arc in seen)
    whole = coverage.CoverageData(basename=target)
    whole.add_arcs(arcs)
    whole.write()


def records(recorded: Path) -> set[bytes]:
    """What children recorded, each once: many did the same."""
    found: set[bytes] = set()
    for path in recorded.glob("*"):
        for record in path.read_bytes().split(_MARK)[1:]:
            with contextlib.suppress(struct.error):
                end = _LENGTH.size + _LENGTH.unpack_from(record)[0]
                found.add(record[_LENGTH.size : end])
    return found


if __name__ == "__main__":
    if sys.argv[1] == "install":
        import sysconfig

        install(Path(sysconfig.get_path("purelib")))
    else:
        convert(Path(sys.argv[1]), sys.argv[2])
