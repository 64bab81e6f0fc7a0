"""Each hostile candidate is run for real, and hurts nothing: its victims, the processes around it, the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

import pytest

from pytest_aigen.data import Outcome, Run, Workplace
from pytest_aigen.executors.spawn import Spawn
from pytest_aigen.sandbox import kernel
from pytest_aigen.sandbox.allowances import Allowances
from tests.executors.conftest import FILES, KINDS, Bench, write
from tests.sandbox.hostile import CORPUS, Hostile

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="paths and processes of POSIX"),
    pytest.mark.slow,
]

HEAD = """
import io, os, shutil, signal, socket, sqlite3, sys, time
from pathlib import Path

HOME, VICTIM, SLEEPER, PORT, NETNS = {home!r}, {victim!r}, {sleeper}, {port}, {netns!r}
"""
#: A few for the executor that starts an interpreter each.
SAMPLE = (
    *("rmtree home", "IPv4", "double fork", "kills its parent", "patches the rules"),
    *("forged result", "patches pytest to pass", "sqlite attach"),
)

CASES = [
    pytest.param(kind, hostile, id=f"{kind}-{hostile.id}")
    for kind in KINDS
    for hostile in CORPUS
    if kind == next(iter(KINDS)) or hostile.id in SAMPLE
]


@dataclass
class Field:
    """Where hostile candidates run, and what they could hurt."""

    bench: Bench
    home: Path
    sleeper: subprocess.Popen[bytes]
    canary: socket.socket
    heard: socket.socket
    layers: tuple[str, ...]

    def run(self, hostile: Hostile) -> Run:
        netns = os.readlink("/proc/self/ns/net") if os.path.exists("/proc/self/ns/net") else ""
        head = HEAD.format(
            home=str(self.home),
            victim=str(self.bench.root),
            sleeper=self.sleeper.pid,
            port=self.canary.getsockname()[1],
            netns=netns,
        )
        body = indent(dedent(hostile.code), "    ")
        return self.bench.run(f"{head}\n\ndef test_a(tmp_path):\n{body}\n", "test_a", timeout=hostile.timeout)

    def assert_unharmed(self, before: dict[str, bytes]) -> None:
        assert _state(self) == before
        assert self.sleeper.poll() is None
        assert Path(f"/proc/{os.getppid()}").exists() or sys.platform != "linux"
        for ear in (self.canary, self.heard):
            with pytest.raises(BlockingIOError):
                ear.accept() if ear is self.canary else ear.recv(9)
        assert _strays() == []
        if not isinstance(self.bench.executor, Spawn):  # which has nothing that could have died
            assert self.bench.run("def test_b(): pass", "test_b").outcome is Outcome.PASSED


def _state(field: Field) -> dict[str, bytes]:
    """Contents, modes and times of all files that could be hurt."""
    found = {}
    for top in (field.home, field.bench.root):
        for path in (top, *top.rglob("*")):
            stat = path.lstat()
            text = path.read_bytes() if path.is_file() else b""
            found[str(path)] = text + f"|{stat.st_mode}|{stat.st_mtime_ns}|{stat.st_nlink}".encode()
    return found


def _strays() -> list[str]:
    """Processes that candidates left behind: they would have the word in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
        try:
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            environ = (process / "environ").read_bytes()
        except OSError:
            continue
        if parent == "1" and f"AIGEN_TEST_RUN={os.getpid()}\0".encode() in environ:
            found.append(process.name)
    return found


@pytest.fixture(scope="module")
def field(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """In the executor that the parameter names."""
    files = {**FILES, ".git/hooks/sample": "", "tests/unit/__init__.py": ""}
    home = tmp_path_factory.mktemp("home")
    write(home, {"letter": "dear", ".ssh/id_rsa": "key", ".bashrc": "", "deep/er/file": "x"})
    root = write(tmp_path_factory.mktemp("project"), files)
    with (
        pytest.MonkeyPatch.context() as patch,
        socket.create_server(("127.0.0.1", 0)) as canary,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard,
        subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(900)"], start_new_session=True
        ) as sleeper,
    ):
        heard.bind(canary.getsockname())
        canary.setblocking(False)
        heard.setblocking(False)
        patch.setenv("HOME", str(home))
        patch.setenv("AIGEN_TEST_RUN", str(os.getpid()))
        patch.setenv("SERVICE_TOKEN", "planted")
        patch.setenv("BACKEND", "https://me:planted@host/")
        workplace = {"args": ("-o", "filterwarnings=default")}
        bench = Bench(root, request.param, **workplace)
        assert isinstance(bench.workplace, Workplace)
        made = Field(bench, home, sleeper, canary, heard, kernel.prepare(Allowances()).layers)
        yield made
        bench.close()
        sleeper.kill()


@pytest.mark.parametrize(("field", "hostile"), CASES, indirect=["field"])
def test_hostile(field: Field, hostile: Hostile) -> None:
    if hostile.kernel and len(field.layers) < 3:
        pytest.skip("this kernel does not offer the layers")
    before = _state(field)
    run = field.run(hostile)
    field.assert_unharmed(before)
    assert run.outcome in hostile.outcomes, run
    assert hostile.said in run.detail, run.detail
    assert "planted" not in run.detail + run.output
    assert len(run.output) < 40_000


def test_there_are_enough_of_them() -> None:
    assert len(CORPUS) >= 80
    assert len({hostile.id for hostile in CORPUS}) == len(CORPUS)
    assert {hostile.id for hostile in CORPUS} >= set(SAMPLE)
