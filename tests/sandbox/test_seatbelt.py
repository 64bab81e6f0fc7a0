"""The audit hook, in an interpreter of its own: it cannot be taken off. More in tests/executors/test_candidates.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")

ALLOWED = [
    "open(free / 'x', 'w').close(); os.rename(free / 'x', free / 'y'); os.remove(free / 'y')",
    "os.mkdir(free / 'd'); os.symlink('d', free / 'l'); os.rmdir(free / 'd'); os.remove(free / 'l')",
    "shutil.rmtree(tempfile.mkdtemp(dir=free))",
    "os.makedirs(free / 'a/b/c'); open(free / 'a/b/c/f', 'w').close(); shutil.rmtree(free / 'a')",
    "open(other / 'there').read()",
    "os.listdir(other); os.stat(other)",
    "os.chdir(other)",
    "os.open(os.devnull, os.O_WRONLY)",
    "os.kill(os.getpid(), 0); os.kill(os.getppid(), 0)",
    "socket.socketpair()",
    "socket.getaddrinfo('127.0.0.1', 80); socket.getaddrinfo('localhost', None)",
    "sqlite3.connect(free / 'x.db').execute('create table t (a)')",
    "sqlite3.connect(f'file:{other}/there?mode=ro', uri=True)",
    "os.urandom(3); hash('x'); import this",
    "os.write(1, b'')",
    "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); socket.create_connection(s.getsockname())",
    "a, b = socket.socketpair(); a.dup(); socket.fromfd(b.fileno(), b.family, b.type)",
]
REFUSED = [
    ("open(other / 'x', 'w')", "write to"),
    ("open(other / 'there', 'r+')", "write to"),
    ("open(other / 'there', 'ab')", "write to"),
    ("open(bytes(other / 'x'), 'x')", "write to"),
    ("os.open(other / 'there', os.O_RDWR)", "write to"),
    ("os.open(other / 'there', os.O_RDONLY | os.O_TRUNC)", "write to"),
    ("os.open('x', os.O_CREAT, dir_fd=os.open(other, os.O_RDONLY))", "write to"),
    ("os.rename(free / 'mine', other / 'x')", "rename to"),
    ("os.replace(other / 'there', free / 'x')", "rename"),
    ("os.remove(other / 'there')", "remove"),
    ("os.remove('there', dir_fd=os.open(other, os.O_RDONLY))", "remove"),
    ("os.rmdir(other)", "rmdir"),
    ("shutil.rmtree(other)", "remove"),
    ("os.mkdir(other / 'x')", "mkdir"),
    ("os.chmod(other / 'there', 0)", "chmod"),
    ("os.truncate(other / 'there', 0)", "truncate"),
    ("os.utime(other / 'there')", "utime"),
    ("os.link(other / 'there', free / 'x')", "link"),
    ("os.symlink('/', other / 'x')", "symlink"),
    ("os.symlink(other, free / 'l'); open(free / 'l' / 'x', 'w')", "write to"),
    ("os.symlink(other / 'there', free / 'l'); open(free / 'l', 'w')", "write to"),
    ("os.symlink(other / 'there', free / 'l'); os.chmod(free / 'l', 0)", "chmod"),
    ("open(str(free) + '-beside', 'w')", "write to"),
    ("open(free / '..' / 'x', 'w')", "write to"),
    ("subprocess.run(['true'])", "process"),
    ("os.system('true')", "process"),
    ("os.execv('/bin/true', ['true'])", "process"),
    ("os.posix_spawn('/bin/true', ['true'], {})", "process"),
    ("os.fork()", "process"),
    ("os.kill(os.getppid(), 9)", "signal 9"),
    ("os.killpg(os.getppid(), 9)", "signal 9"),
    ("ctypes.CDLL(None)", "library"),
    ("sqlite3.connect(other / 'x.db')", "database"),
    ("socket.create_connection(('127.0.0.1', 9))", "connect to 127.0.0.1:9"),
    ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "192.0.2.1"),
    ("socket.gethostbyname('example.com')", "example.com"),
    ("socket.socket().bind(('0.0.0.0', 0))", "listen on"),
    ("socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')", "Unix socket"),
    ("os.chdir(free); socket.socket(socket.AF_UNIX).bind('sock')", "Unix socket"),
    ("os.fchmod(os.open(other / 'there', os.O_RDONLY), 0)", "chmod"),
    ("os.utime(os.open(other / 'there', os.O_RDONLY))", "utime"),
    ("ctypes.pythonapi.Py_GetVersion", "ctypes"),
    ("__import__('gc').get_objects()", "all objects"),
    ("open(f'/proc/{os.getppid()}/environ').read()", "environ"),
    ("sys.modules['pytest_aigen.sandbox.rules']._getpid = int; os.mkdir(other / 'x')", "mkdir"),
    ("sys.modules['pytest_aigen.sandbox.rules']._Belt._write = print; os.mkdir(other / 'x')", "mkdir"),
    ("os.symlink(other, free / 'l'); os.lstat = os.stat; os.mkdir(free / 'l/x')", "mkdir"),
    ("__builtins__.any = lambda found: True; os.mkdir(other / 'x')", "mkdir"),
]

SCRIPT = """
import ctypes, os, shutil, socket, sqlite3, subprocess, sys, tempfile
from pathlib import Path
from pytest_aigen.sandbox.seatbelt import Blocked, Seatbelt

free, other = Path(sys.argv[1]), Path(sys.argv[2])
heard = []
Seatbelt().buckle([free], heard.append)
try:
    {code}
except Blocked as exc:
    assert heard and heard[0] in str(exc), heard
    print("refused", heard[0])
else:
    assert not heard, heard
    print("allowed")
"""


def said(tmp_path: Path, code: str) -> str:
    free, other = tmp_path / "free", tmp_path / "other"
    free.mkdir()
    other.mkdir()
    (free / "mine").write_text("mine")
    (other / "there").write_text("")
    script = dedent(SCRIPT).replace("{code}", code)
    command = [sys.executable, "-W", "ignore", "-c", script, str(free), str(other)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in other.iterdir()) == ["there"]
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("code", ALLOWED)
def test_allowed(tmp_path: Path, code: str) -> None:
    assert said(tmp_path, code) == "allowed"


@pytest.mark.parametrize(("code", "what"), REFUSED)
def test_refused(tmp_path: Path, code: str, what: str) -> None:
    verdict = said(tmp_path, code)
    assert verdict.startswith("refused ")
    assert what in verdict


def test_a_refusal_is_a_permission_error(tmp_path: Path) -> None:
    code = "\n    ".join(("try: open(other / 'x', 'w')", "except PermissionError: heard.clear()"))
    assert said(tmp_path, code) == "allowed"
