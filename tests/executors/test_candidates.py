"""The same verdict on the same candidate, in every executor."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Job, Outcome

PASSES = [
    pytest.param("def test_a(): assert 1 + 1 == 2", id="plain"),
    pytest.param("class TestX:\n    def test_a(self): assert True", id="method"),
    pytest.param(
        "import unittest\nclass TestX(unittest.TestCase):\n    def test_a(self): self.assertEqual(1, 1)",
        id="unittest",
    ),
    pytest.param("def test_a(prices): assert prices == [1, 2, 3, 4]", id="nested conftest files"),
    pytest.param("def test_a(prepared): assert prepared == 'prepared'", id="session fixture"),
    pytest.param(
        "from shop.cart import total\ndef test_a(): assert total([1]) == 1", id="imports the source"
    ),
    pytest.param(
        "import threading, time\ndef test_a():\n    threading.Thread(target=time.sleep, args=(60,)).start()",
        id="leaves a thread",
    ),
    pytest.param("def test_a(tmp_path): (tmp_path / 'x').write_text('y')", id="tmp_path"),
    pytest.param(
        "import tempfile, shutil, os\ndef test_a():\n"
        "    d = tempfile.mkdtemp(); open(d + '/x', 'w').close(); os.chmod(d + '/x', 0o600)\n"
        "    os.rename(d + '/x', d + '/y'); shutil.rmtree(d)\n"
        "    with tempfile.NamedTemporaryFile() as f: f.write(b'x')",
        id="tempfile",
    ),
    pytest.param(
        "import os\ndef test_a(monkeypatch, tmp_path):\n"
        "    monkeypatch.setenv('A', 'b'); monkeypatch.chdir(tmp_path); open('here', 'w').close()",
        id="monkeypatch",
    ),
    pytest.param(
        "def test_a(capsys):\n    print('x')\n    assert capsys.readouterr().out == 'x\\n'", id="capsys"
    ),
    pytest.param(
        "import os\ndef test_a(capfd):\n    os.write(1, b'x')\n    assert capfd.readouterr().out == 'x'",
        id="capfd",
    ),
    pytest.param(
        "import logging\ndef test_a(caplog):\n    logging.warning('x')\n    assert caplog.messages == ['x']",
        id="caplog",
    ),
    pytest.param(
        "import warnings, pytest\ndef test_a():\n    with pytest.warns(UserWarning): warnings.warn('x')",
        id="warns",
    ),
    pytest.param("def test_a(cache): cache.set('a/b', 1)", id="cache"),
    pytest.param("import sys\ndef test_a(): sys.settrace(None)", id="sets the trace function"),
    pytest.param("import os\ndef test_a(): os.getpid = None", id="breaks a module that we need"),
    pytest.param("import sys\ndef test_a(): sys.stdout.close()", id="closes stdout"),
    pytest.param(
        "import sqlite3\ndef test_a(): sqlite3.connect(':memory:').close()", id="database in memory"
    ),
    pytest.param("open('/dev/null', 'w').close()\ndef test_a(): pass", id="dev null"),
    pytest.param(
        "import socket\ndef test_a():\n"
        "    with socket.create_server(('127.0.0.1', 0)) as s, socket.create_connection(s.getsockname()): pass",
        id="its own server",
    ),
    pytest.param("import asyncio\ndef test_a(): asyncio.run(asyncio.sleep(0))", id="event loop"),
]

REFUSED = [
    pytest.param(
        "def test_a(): assert [1, 2] == [1, 3]", Outcome.FAILED, "At index 1 diff: 2 != 3", id="compared"
    ),
    pytest.param("def test_a(): 1 / 0", Outcome.FAILED, "ZeroDivisionError", id="raises"),
    pytest.param("def test_a(:", Outcome.ERROR, "SyntaxError", id="syntax"),
    pytest.param(
        "import nowhere\ndef test_a(): pass", Outcome.ERROR, "No module named 'nowhere'", id="no module"
    ),
    pytest.param(
        "from shop import broken\ndef test_a(): pass", Outcome.ERROR, "at import", id="import raises"
    ),
    pytest.param("import sys; sys.exit(3)", Outcome.ERROR, "SystemExit", id="exits at import"),
    pytest.param("def test_a(nothing): pass", Outcome.ERROR, "fixture 'nothing' not found", id="no fixture"),
    pytest.param("def test_a(explodes): pass", Outcome.ERROR, "in the fixture", id="setup"),
    pytest.param("def test_a(explodes_after): pass", Outcome.ERROR, "after the test", id="teardown"),
    pytest.param("def test_b(): pass", Outcome.ERROR, "no test test_a", id="not there"),
    pytest.param("x = 1", Outcome.ERROR, "no test test_a", id="no tests"),
    pytest.param(
        "import pytest\ndef test_a(): pytest.skip('needs it')", Outcome.FAILED, "skipped: needs it", id="skip"
    ),
    pytest.param(
        "import pytest\n@pytest.mark.skip(reason='no')\ndef test_a(): pass",
        Outcome.FAILED,
        "skipped: no",
        id="skip mark",
    ),
    pytest.param(
        "import pytest\npytest.skip('all', allow_module_level=True)",
        Outcome.ERROR,
        "skipped: all",
        id="skip module",
    ),
    pytest.param(
        "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_a(): assert 0",
        Outcome.FAILED,
        "xfailed: known",
        id="xfail",
    ),
    pytest.param(
        "import pytest\n@pytest.mark.xfail\ndef test_a(): pass", Outcome.FAILED, "marked xfail", id="xpass"
    ),
    pytest.param(
        "import pytest\n@pytest.mark.odd\ndef test_a(): pass", Outcome.ERROR, "odd", id="unknown mark"
    ),
    pytest.param(
        "import warnings\ndef test_a(): warnings.warn('x')", Outcome.FAILED, "UserWarning", id="warning"
    ),
    pytest.param("import pytest\ndef test_a(): pytest.exit('now')", Outcome.ERROR, "now", id="pytest.exit"),
    pytest.param("def test_a(): raise KeyboardInterrupt", Outcome.ERROR, "KeyboardInterrupt", id="interrupt"),
    pytest.param("import os\ndef test_a(): os._exit(0)", Outcome.CRASHED, "exit status 0", id="os._exit"),
    pytest.param(
        "import os\ndef test_a(): os.kill(os.getpid(), 11)", Outcome.CRASHED, "SIGSEGV", id="segfault"
    ),
    pytest.param("import os\ndef test_a(): open('made', 'w')", Outcome.BLOCKED, "write to made", id="write"),
    pytest.param("import os\ndef test_a(): os.mkdir('made')", Outcome.BLOCKED, "mkdir made", id="mkdir"),
    pytest.param(
        "import os\ndef test_a(): os.remove('pytest.ini')", Outcome.BLOCKED, "remove pytest.ini", id="remove"
    ),
    pytest.param(
        "import os\ndef test_a(): os.open('made', os.O_CREAT | os.O_WRONLY)",
        Outcome.BLOCKED,
        "made",
        id="os.open",
    ),
    pytest.param(
        "import os, pytest\ndef test_a(tmp_path):\n    (tmp_path / 'l').symlink_to(os.getcwd())\n"
        "    (tmp_path / 'l' / 'made').write_text('x')",
        Outcome.BLOCKED,
        "made",
        id="write through a link",
    ),
    pytest.param(
        "import pytest\ndef test_a():\n    with pytest.raises(PermissionError): open('made', 'w')",
        Outcome.BLOCKED,
        "made",
        id="swallows the refusal",
    ),
    pytest.param(
        "import subprocess\ndef test_a(): subprocess.run(['true'])",
        Outcome.BLOCKED,
        "process",
        id="subprocess",
    ),
    pytest.param("import os\ndef test_a(): os.system('true')", Outcome.BLOCKED, "process", id="system"),
    pytest.param("import os\ndef test_a(): os.fork() or os._exit(0)", Outcome.BLOCKED, "os.fork", id="fork"),
    pytest.param("import os\ndef test_a(): os.kill(os.getppid(), 15)", Outcome.BLOCKED, "signal", id="kill"),
    pytest.param(
        "import socket\ndef test_a(): socket.create_connection(('192.0.2.1', 80))",
        Outcome.BLOCKED,
        "192.0.2.1",
        id="network",
    ),
    pytest.param(
        "import socket\ndef test_a(): socket.getaddrinfo('example.com', 80)",
        Outcome.BLOCKED,
        "example.com",
        id="name lookup",
    ),
    pytest.param(
        "import socket\ndef test_a(): socket.create_connection(('127.0.0.1', 9))",
        Outcome.BLOCKED,
        "127.0.0.1",
        id="a server of somebody else",
    ),
    pytest.param("import ctypes\ndef test_a(): ctypes.CDLL(None)", Outcome.BLOCKED, "library", id="ctypes"),
    pytest.param(
        "import sqlite3\ndef test_a(): sqlite3.connect('made.db')", Outcome.BLOCKED, "made.db", id="database"
    ),
]

HANGS = [
    pytest.param("def test_a():\n    while True: pass", "in test_a", id="in the test"),
    pytest.param("import shop.slow\ndef test_a(): pass", "while importing", id="at import"),
    pytest.param("import signal, time\ndef test_a(): time.sleep(600)", "in test_a", id="sleeping"),
]


@pytest.mark.parametrize("text", PASSES)
def test_passes(bench: Any, text: str) -> None:
    test = "TestX::test_a" if "class TestX" in text else "test_a"
    run = bench.run(text, test)
    assert (run.outcome, run.detail, run.failed) == (Outcome.PASSED, "", ()), run
    assert run.seconds > 0


@pytest.mark.parametrize(("text", "outcome", "said"), REFUSED)
def test_refused(bench: Any, text: str, outcome: Outcome, said: str) -> None:
    run = bench.run(text, "test_a")
    assert run.outcome is outcome, run
    assert said in run.detail
    assert len(run.detail) <= 2000
    assert not (bench.root / "made").exists()


@pytest.mark.parametrize(("text", "where"), HANGS)
def test_hangs(bench: Any, text: str, where: str) -> None:
    run = bench.run(text, "test_a", timeout=2.0)
    assert run.outcome is Outcome.TIMEOUT, run
    assert run.detail == f"no end after 2 s {where}" + (" test_candidate.py" if "import" in where else "")
    assert 1.9 < run.seconds < 60


@pytest.mark.skipif(importlib.util.find_spec("pytest_asyncio") is None, reason="needs pytest-asyncio")
def test_async(bench: Any) -> None:
    text = "import asyncio\nasync def test_a():\n    await asyncio.sleep(0)\n    assert {}"
    assert bench.run(text.format(1), "test_a").outcome is Outcome.PASSED
    assert bench.run(text.format(0), "test_a").outcome is Outcome.FAILED


def test_detail_shows_values_and_frames_of_the_project_only(bench: Any) -> None:
    run = bench.run(
        """
        from shop.cart import total

        def test_a(tmp_path):
            assert total([1, 2]) == 4, tmp_path
        """,
        "test_a",
    )
    assert run.outcome is Outcome.FAILED
    assert "E   " in run.detail
    assert "assert 3 == 4" in run.detail
    assert "where 3 = total([1, 2])" in run.detail
    assert run.detail.startswith("tests/unit/test_candidate.py:5: in test_a")
    assert "<tmp>" in run.detail
    assert str(bench.root) not in run.detail
    assert "aigen-" not in run.detail


def test_choice_of_tests(bench: Any) -> None:
    text = """
        import pytest

        @pytest.mark.parametrize("n", [1, 2])
        def test_p(n): assert n == 1

        class TestX:
            def test_m(self): pass

        def test_ok(): pass
        """
    assert bench.run(text, "test_ok", "TestX::test_m").outcome is Outcome.PASSED
    assert bench.run(text, "test_p[1]").outcome is Outcome.PASSED
    assert bench.run(text, "test_p").failed == ("test_p[2]",)
    assert bench.run(text).failed == ("test_p[2]",)
    assert bench.run(text, "TestX").outcome is Outcome.PASSED
    missing = bench.run(text, "test_ok", "test_gone").detail
    assert missing.startswith(
        "no test test_gone in tests/unit/test_candidate.py; it has test_p[1], test_p[2]"
    )


def test_order_is_that_of_the_job(bench: Any) -> None:
    text = "seen = []\ndef test_a(): assert not seen\ndef test_b(): seen.append(1)"
    assert bench.run(text, "test_a", "test_b").outcome is Outcome.PASSED
    assert bench.run(text, "test_b", "test_a").failed == ("test_a",)


def test_module_fixtures_are_torn_down(bench: Any) -> None:
    text = """
        import pytest

        @pytest.fixture(scope="module")
        def thing():
            yield
            print("torn down")

        def test_a(thing): print("ran")
        """
    assert bench.run(text, "test_a").output == "ran\ntorn down\n"


def test_flood_of_output_is_cut(bench: Any) -> None:
    run = bench.run("import os\ndef test_a():\n    for _ in range(4000): os.write(1, b'x' * 65536)", "test_a")
    assert run.outcome is Outcome.PASSED
    assert len(run.output) < 40_000
    assert "bytes ..." in run.output


def test_lines_reached_at_import_in_fixtures_and_in_the_call(bench: Any) -> None:
    cart = bench.root / "src/shop/cart.py"
    run = bench.run(
        "from shop.cart import total\ndef test_a(): assert total([1], taxed=True) == 1.2", "test_a"
    )
    assert run.outcome is Outcome.PASSED
    assert run.covered[cart].lines == {1, 3, 5, 6, 7, 8, 9}
    assert run.covered[cart].branches == {(7, 8)}
    run = bench.run("import shop.cart\ndef test_a(): pass", "test_a")
    assert run.covered[cart].lines == {1, 3, 5}
    assert run.covered[cart].branches == set()
    assert set(run.covered) <= set(bench.workplace.sources)


def test_what_is_reached_counts_when_the_test_fails(bench: Any) -> None:
    run = bench.run("from shop.cart import total\ndef test_a(): assert total([1]) == 2", "test_a")
    assert run.covered[bench.root / "src/shop/cart.py"].branches == {(7, 9)}


def test_environment_holds_no_secret_and_no_home(bench: Any) -> None:
    run = bench.run(
        """
        import os
        from pathlib import Path

        def test_a():
            print(os.environ.get("OPENAI_API_KEY"), Path.home(), os.environ["PYTHONHASHSEED"])
        """,
        "test_a",
    )
    key, home, seed = run.output.split()
    assert (key, seed) == ("None", "0")
    assert home != os.path.expanduser("~")
    bench.run("def test_a(): pass", "test_a")  # the folder goes after the answer
    assert not Path(home).exists()


def test_module_in_a_folder_that_does_not_exist(bench: Any) -> None:
    run = bench.run("def test_a(prices): assert prices == [1, 2, 3]", "test_a", path="tests/new/test_new.py")
    assert run.outcome is Outcome.PASSED, run
    run = bench.run("def test_a(prices): assert not prices", "test_a", path="tests/other/deep/test_new.py")
    assert run.detail.startswith("tests/other/deep/test_new.py:1: in test_a")


def test_overlay_of_a_source_and_of_a_new_module(bench: Any) -> None:
    root = bench.root
    overlay = {
        root / "src/shop/cart.py": "def total(prices): return 'other'\n",
        root / "src/shop/fresh.py": "NEW = 1\n",
        root / "tests/unit/helping.py": "HELP = 2\n",
    }
    text = """
        from shop.cart import total
        from shop.fresh import NEW
        from helping import HELP

        def test_a(): assert (total([]), NEW, HELP) == ("other", 1, 2)
        """
    assert bench.run(text, "test_a", overlay=overlay).outcome is Outcome.PASSED
    assert "No module named 'shop.fresh'" in bench.run(text, "test_a").detail


def test_module_on_disk_runs_without_overlay(bench: Any) -> None:
    run = bench.run_job(Job(bench.root / "tests/unit/test_user.py", ("test_a",), {}, timeout=20.0))
    assert "no test module of the user is imported" in run.detail
    run = bench.run_job(Job(bench.root / "tests/unit/test_gone.py", ("test_a",), {}, timeout=20.0))
    assert run.outcome is Outcome.ERROR
    assert "test_gone" in run.detail
