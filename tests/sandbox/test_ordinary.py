"""What ordinary tests do goes on working; what is allowed can be done; what they leave behind is ended."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pytest_aigen.data import Outcome
from tests.executors.conftest import KINDS, Bench, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes of POSIX")

PROJECT = {"pytest.ini": "[pytest]\n", "src/one.py": "X = 1\n", "tests/unit/conftest.py": ""}
ORDINARY = {
    "tmp_path": "def test_a(tmp_path):\n (tmp_path / 'd').mkdir()\n (tmp_path / 'd/x').write_text('y')\n (tmp_path / 'd').rename(tmp_path / 'e')",
    "monkeypatch": "import os\ndef test_a(monkeypatch, tmp_path):\n monkeypatch.setenv('A', 'b')\n monkeypatch.chdir(tmp_path)\n monkeypatch.setattr(os, 'getpid', lambda: 1)\n open('x', 'w').close()",
    "sqlite in memory": "import sqlite3\ndef test_a(): sqlite3.connect(':memory:').execute('create table t (a)')",
    "sqlite in tmp": "import sqlite3\ndef test_a(tmp_path):\n c = sqlite3.connect(tmp_path / 'x.db')\n c.execute('create table t (a)')\n c.commit()\n c.close()",
    "HTTP server": "import threading, urllib.request\nfrom http.server import HTTPServer, SimpleHTTPRequestHandler\ndef test_a():\n s = HTTPServer(('127.0.0.1', 0), SimpleHTTPRequestHandler)\n threading.Thread(target=s.serve_forever, daemon=True).start()\n assert urllib.request.urlopen(f'http://localhost:{s.server_port}/', timeout=5).status == 200\n s.shutdown()",
    "UDP on loopback": "import socket\ndef test_a():\n a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n a.bind(('127.0.0.1', 0))\n b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n b.sendto(b'x', a.getsockname())\n assert a.recv(9) == b'x'",
    "capsys": "def test_a(capsys):\n print('x')\n assert capsys.readouterr().out == 'x\\n'",
    "logging": "import logging\ndef test_a(caplog, tmp_path):\n h = logging.FileHandler(tmp_path / 'log')\n logging.getLogger('x').addHandler(h)\n logging.getLogger('x').warning('y')\n h.close()\n assert caplog.messages == ['y']",
    "asyncio": "import asyncio\nasync def go():\n s = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)\n r, w = await asyncio.open_connection(*s.sockets[0].getsockname())\n assert await r.read() == b''\n w.close()\n s.close()\n await asyncio.to_thread(int)\ndef test_a(): asyncio.run(go())",
    "threads": "from concurrent.futures import ThreadPoolExecutor\ndef test_a():\n with ThreadPoolExecutor(4) as pool: assert list(pool.map(str, [1, 2])) == ['1', '2']",
    "thread pool of multiprocessing": "from multiprocessing.pool import ThreadPool\ndef test_a():\n with ThreadPool(2) as pool: assert pool.map(str, [1]) == ['1']",
    "tempfile": "import tempfile, shutil\ndef test_a():\n shutil.rmtree(tempfile.mkdtemp())\n tempfile.NamedTemporaryFile().close()",
    "home": "from pathlib import Path\ndef test_a(): (Path.home() / '.config').mkdir()",
    "who one is": "import getpass, os, pwd\ndef test_a(): assert pwd.getpwuid(os.getuid()).pw_uid == os.stat('/proc/self').st_uid and getpass.getuser()",
    "subprocess is imported, and mocked": "import subprocess\nfrom unittest import mock\ndef test_a():\n with mock.patch('subprocess.run') as run: subprocess.run(['x'])\n run.assert_called_once()",
    "signal handlers": "import os, signal\ndef test_a():\n got = []\n signal.signal(signal.SIGUSR1, lambda *a: got.append(1))\n os.kill(os.getpid(), signal.SIGUSR1)\n assert got",
    "garbage and references": "import gc, weakref\nclass A: pass\ndef test_a():\n r = weakref.ref(A())\n gc.collect()\n assert r() is None",
    "dev null and urandom": "import os\ndef test_a():\n open(os.devnull, 'w').close()\n assert os.urandom(3)",
}  # fmt: skip
FORKS = {
    "Process": "m.get_context('fork').Process(target=print).start()",
    "Pool": "m.get_context('fork').Pool(1)",
    "spawned": "m.get_context('spawn').Process(target=print).start()",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(write(tmp_path_factory.mktemp("project"), PROJECT), next(iter(KINDS)))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def generous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    root = write(tmp_path_factory.mktemp("project"), PROJECT)
    bench = Bench(root, next(iter(KINDS)), allow=("network", "subprocess", "write=out"))
    yield bench
    bench.close()


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_tests_pass(plain: Any, text: str) -> None:
    run = plain.run(text, "test_a")
    assert run.outcome is Outcome.PASSED, run


@pytest.mark.parametrize("code", FORKS.values(), ids=FORKS)
def test_multiprocessing_is_refused_with_the_reason(plain: Any, code: str) -> None:
    run = plain.run(f"import multiprocessing as m\ndef test_a():\n {code}", "test_a")
    assert run.outcome is Outcome.BLOCKED
    assert "start a process" in run.detail
    assert "--ai-gen-allow=subprocess would allow it" in run.detail


def test_what_is_allowed_can_be_done(generous: Any) -> None:
    """And so shows that the tests of hostile candidates would notice it."""
    (generous.root / "out").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
            import os, socket, subprocess
            def test_a():
                open({str(generous.root / "out/x")!r}, 'w').close()
                assert subprocess.run(['true']).returncode == 0
                socket.create_connection(('127.0.0.1', {server.getsockname()[1]})).close()
                if not os.fork(): os._exit(0)
                os.wait()
            """
        run = generous.run(code, "test_a")
        assert run.outcome is Outcome.PASSED, run
        server.accept()[0].close()
    assert (generous.root / "out/x").exists()
    refused = generous.run("def test_a(): open('made', 'w')", "test_a")
    assert refused.outcome is Outcome.BLOCKED


def test_what_the_session_started_lives_on(tmp_path: Path) -> None:
    conftest = """
        import subprocess, sys
        server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        def pytest_unconfigure(): server.kill()
        """
    files = {**PROJECT, "tests/unit/conftest.py": conftest}
    bench = Bench(write(tmp_path, files), next(iter(KINDS)), args=("-p", "no:unraisableexception"))
    try:
        code = "import sys\ndef test_a(): print(sys.modules['conftest'].server.pid)"
        for _ in range(2):
            pid = int(bench.run(code, "test_a").output)
            os.kill(pid, 0)
    finally:
        bench.close()
    with suppress(ProcessLookupError):
        os.kill(pid, 9)


@pytest.mark.skipif(sys.platform != "linux", reason="nobody adopts orphans")
def test_what_forked_away_is_ended(generous: Any, tmp_path: Path) -> None:
    note = generous.root / "out2"
    code = """
        import os, time
        def test_a(tmp_path):
            read, write = os.pipe()
            if not os.fork():
                os.setsid()
                if not os.fork():
                    os.write(write, str(os.getpid()).encode())
                    time.sleep(300)
                os._exit(0)
            print(os.read(read, 20).decode())
        """
    run = generous.run(dedent(code), "test_a")
    assert run.outcome is Outcome.PASSED, (run, note)
    pid = int(run.output)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
