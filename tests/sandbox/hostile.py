"""Candidates that mean harm: what each does, what becomes of it, and the reason that is told.

Their victims are scratch folders, a process made for the purpose and a port on which a canary listens: HOME, VICTIM,
CANARY, SLEEPER and PORT stand before each. Nothing here can hurt where the sandbox fails.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_aigen.data import Outcome

P, F, B, C, T = Outcome.PASSED, Outcome.FAILED, Outcome.BLOCKED, Outcome.CRASHED, Outcome.TIMEOUT
E = Outcome.ERROR
WRITES, PROCESS, SIGNAL, NET = "write=PATH", "start a process", "send signal", "allow=network"


@dataclass(frozen=True)
class Hostile:
    """One such candidate."""

    id: str
    #: Body of its test.
    code: str
    #: What may become of it, where the kernel's layers are on and where they are not.
    outcomes: tuple[Outcome, ...] = (B,)
    said: str = ""
    #: Needs the layers of the kernel, without which it would do its harm.
    kernel: bool = False
    timeout: float = 20.0


def blocked(id: str, code: str, said: str) -> Hostile:
    return Hostile(id, code, (B,), said)


def harmless(id: str, code: str, *outcomes: Outcome, said: str = "", timeout: float = 20.0) -> Hostile:
    return Hostile(id, code, outcomes or (P,), said, timeout=timeout)


def by_kernel(id: str, code: str, *outcomes: Outcome) -> Hostile:
    return Hostile(id, code, outcomes or (F, E), kernel=True)


FILES = [
    blocked("rmtree home", "shutil.rmtree(HOME)", WRITES),
    blocked("rmtree home, errors ignored", "shutil.rmtree(HOME, ignore_errors=True)", WRITES),
    blocked("os.remove", "os.remove(f'{HOME}/letter')", "remove"),
    blocked("os.walk and unlink", "[os.unlink(f'{d}/{f}') for d, _, fs in os.walk(HOME) for f in fs]", "remove"),
    blocked("pathlib unlink", "(Path(HOME) / 'letter').unlink()", "remove"),
    blocked("pathlib write_text", "(Path(HOME) / 'letter').write_text('gone')", WRITES),
    blocked("O_TRUNC", "os.open(f'{HOME}/letter', os.O_RDONLY | os.O_TRUNC)", WRITES),
    blocked("O_RDWR and O_CREAT", "os.open(f'{HOME}/new', os.O_RDWR | os.O_CREAT)", WRITES),
    blocked("append", "open(f'{HOME}/letter', 'ab').write(b'x')", WRITES),
    blocked("io.FileIO", "io.FileIO(f'{HOME}/letter', 'w')", WRITES),
    blocked("path of bytes", "open(os.fsencode(f'{HOME}/letter'), 'w')", WRITES),
    blocked("via /proc/self/fd", "fd = os.open(f'{HOME}/letter', os.O_RDONLY); open(f'/proc/self/fd/{fd}', 'w')", WRITES),
    blocked("via /proc/self/cwd", "os.chdir(HOME); open('/proc/self/cwd/letter', 'w')", WRITES),
    blocked("via a symlink out of tmp", "os.symlink(HOME, tmp_path / 'l'); open(tmp_path / 'l' / 'letter', 'w')", WRITES),
    blocked("via a chain of symlinks", "os.symlink(HOME, tmp_path / 'a'); os.symlink('a', tmp_path / 'b'); os.remove(tmp_path / 'b/letter')", "remove"),
    blocked("via a hard link", "os.link(f'{HOME}/letter', tmp_path / 'l'); open(tmp_path / 'l', 'w')", "link"),
    blocked("via ..", "open(tmp_path / ('../' * 20 + HOME) / 'letter', 'w')", WRITES),
    blocked("rename away", "os.rename(f'{HOME}/letter', tmp_path / 'x')", "rename"),
    blocked("replace from tmp", "(tmp_path / 'x').write_text(''); os.replace(tmp_path / 'x', f'{HOME}/letter')", "rename to"),
    blocked("shutil.move", "shutil.move(HOME, tmp_path / 'x')", "rename"),
    blocked("shutil.copy over", "(tmp_path / 'x').write_text(''); shutil.copy(tmp_path / 'x', f'{HOME}/letter')", WRITES),
    blocked("truncate", "os.truncate(f'{HOME}/letter', 0)", "truncate"),
    blocked("chmod", "os.chmod(f'{HOME}/letter', 0)", "chmod"),
    blocked("fchmod", "os.fchmod(os.open(f'{HOME}/letter', os.O_RDONLY), 0)", "chmod"),
    blocked("utime", "os.utime(f'{HOME}/letter', (0, 0))", "utime"),
    blocked("mkdir", "os.makedirs(f'{HOME}/a/b')", "mkdir"),
    blocked("symlink there", "os.symlink('/', f'{HOME}/l')", "symlink"),
    blocked("a str that lies", "class S(str):\n    startswith = lambda self, *a: True\n    __eq__ = lambda self, o: True\n    __hash__ = str.__hash__\nopen(S(f'{HOME}/letter'), 'w')", WRITES),
    blocked("overwrites the source under test", "open(f'{VICTIM}/src/shop/cart.py', 'w').write('')", WRITES),
    blocked("through the module's file", "import shop.cart; open(shop.cart.__file__, 'w')", WRITES),
    blocked("edits conftest", "open(f'{VICTIM}/tests/conftest.py', 'a').write('x')", WRITES),
    blocked("writes its own test file", "open(__file__, 'w').write('def test_a(): pass')", WRITES),
    blocked("writes sitecustomize", "open(next(p for p in sys.path if 'site-packages' in p) + '/sitecustomize.py', 'x')", WRITES),
    blocked("drops a .pth", "import sysconfig; open(sysconfig.get_path('purelib') + '/evil.pth', 'x')", WRITES),
    blocked("writes .bashrc", "open(f'{HOME}/.bashrc', 'a')", WRITES),
    blocked("writes a git hook", "open(f'{VICTIM}/.git/hooks/pre-commit', 'w')", WRITES),
    blocked("sqlite file", "sqlite3.connect(f'{HOME}/x.db').execute('create table t (a)')", "open the database"),
    by_kernel("sqlite attach", "sqlite3.connect(':memory:').execute(f\"attach '{HOME}/x.db' as x\").execute('create table x.t (a)')"),
    by_kernel("sqlite vacuum into", "c = sqlite3.connect(':memory:'); c.execute('create table t (a)'); c.execute(f\"vacuum into '{HOME}/x.db'\")"),
    by_kernel("os.open with dir_fd", "fd = os.open(HOME, os.O_RDONLY); os.chdir(tmp_path); os.open('new', os.O_CREAT | os.O_WRONLY, dir_fd=fd)"),
    by_kernel("mkfifo", "os.mkfifo(f'{HOME}/pipe')"),
    by_kernel("mknod", "os.mknod(f'{HOME}/node')"),
    by_kernel("a path that changes", "class Q:\n    n = 0\n    def __fspath__(self):\n        self.n += 1\n        return f'{HOME}/letter' if self.n == 1 else str(tmp_path / 'x')\nos.truncate(Q(), 0)", F, P, B),
]  # fmt: skip
NETWORK = [
    blocked("IPv4", "socket.create_connection(('127.0.0.1', PORT))", NET),
    blocked("IPv4 far away", "socket.create_connection(('192.0.2.1', 80), 1)", NET),
    blocked("IPv6", "socket.socket(socket.AF_INET6).connect(('::1', PORT))", NET),
    blocked("UDP", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))", NET),
    blocked("UDP sendmsg", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', PORT))", NET),
    blocked("connect_ex, swallowed", "socket.socket().connect_ex(('127.0.0.1', PORT))", NET),
    blocked("Unix socket", "socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')", "Unix socket"),
    blocked("abstract Unix socket", "socket.socket(socket.AF_UNIX).bind('\\0x')", "Unix socket"),
    blocked("asyncio", "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', PORT))", NET),
    blocked("http.client", "import http.client; http.client.HTTPConnection('127.0.0.1', PORT).request('GET', '/')", NET),
    blocked("urllib", "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{PORT}/')", NET),
    blocked("name lookup", "socket.getaddrinfo('secret.example.com', 80)", "look up the host"),
    blocked("listens to all", "socket.create_server(('0.0.0.0', 0))", "listen on"),
    blocked("smtplib", "import smtplib; smtplib.SMTP('127.0.0.1', PORT)", NET),
    by_kernel("own C code connects", "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); h = sys.modules['_socket'].socket(); h.settimeout(1)\nclass A:\n    __str__ = lambda self: '127.0.0.1'\nassert h.connect_ex(('127.0.0.1', s.getsockname()[1])) == 0; assert os.readlink('/proc/self/ns/net') == NETNS", F),
    by_kernel("netlink", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    by_kernel("raw packets", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
]  # fmt: skip
PROCESSES = [
    blocked("fork bomb", "while True: os.fork()", PROCESS),
    blocked("fork bomb, swallowed", "for _ in range(9):\n    try: os.fork()\n    except OSError: pass", PROCESS),
    blocked("shell", "os.system('touch ' + HOME + '/x')", PROCESS),
    blocked("subprocess", "import subprocess; subprocess.run(['sh', '-c', f'rm -r {HOME}'])", PROCESS),
    blocked("popen", "os.popen('true')", PROCESS),
    blocked("posix_spawn", "os.posix_spawn('/bin/sh', ['sh', '-c', f'rm -r {HOME}'], {})", PROCESS),
    blocked("exec", "os.execv('/bin/sh', ['sh', '-c', f'rm -r {HOME}'])", PROCESS),
    blocked("pty", "import pty; pty.spawn(['true'])", PROCESS),
    blocked("asyncio subprocess", "import asyncio; asyncio.run(asyncio.create_subprocess_exec('true'))", PROCESS),
    blocked("pip install", "import subprocess; subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'nothing'])", PROCESS),
    blocked("multiprocessing", "import multiprocessing as m; m.get_context('fork').Process(target=print).start()", PROCESS),
    blocked("process pool", "import concurrent.futures as c; c.ProcessPoolExecutor(1).submit(print)", PROCESS),
    blocked("double fork", "if not os.fork() and not os.fork(): os.setsid(); time.sleep(99)", PROCESS),
    by_kernel("fork from C", "import _posixsubprocess as p; r, w = os.pipe(); p.fork_exec([b'/bin/true'], [b'/bin/true'], True, (), None, None, -1, -1, -1, -1, -1, -1, r, w, False, False, 0, None, None, None, -1, None, *([] if sys.version_info >= (3, 14) else [True] if sys.version_info >= (3, 11) else []))", F, B),
    blocked("kills its parent", "os.kill(os.getppid(), 9)", SIGNAL),
    blocked("kills the fork server", "os.kill(int(open(f'/proc/{os.getppid()}/stat').read().split()[3]), 9)", SIGNAL),
    blocked("kills a process of somebody else", "os.kill(SLEEPER, 15)", SIGNAL),
    blocked("kills a group", "os.killpg(SLEEPER, 9)", SIGNAL),
    blocked("kills everybody", "os.kill(-1, 0) if 0 else os.kill(SLEEPER, 9)", SIGNAL),
    blocked("limits its parent", "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))", "limits of process"),
    by_kernel("pidfd", "signal.pidfd_send_signal(os.pidfd_open(SLEEPER), 9)", F),
    by_kernel("pins the parent to one processor", "os.sched_setaffinity(os.getppid(), {0})"),
    by_kernel("priority of the parent", "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)"),
    by_kernel("memory of the parent", "open(f'/proc/{os.getppid()}/mem', 'r+b', buffering=0)", B),
    by_kernel("chroot", "os.chroot(tmp_path)"),
]  # fmt: skip
FORGERIES = [
    blocked("ctypes", "import ctypes; ctypes.CDLL(None).system(b'true')", "load the library"),
    blocked("ctypes by handle", "import ctypes; ctypes.CDLL(None, handle=ctypes.pythonapi._handle).system(b'true')", "use ctypes"),
    blocked("clears the audit hooks", "import ctypes; ctypes.pythonapi._PySys_ClearAuditHooks()", "use ctypes"),
    blocked("patches the rules", "import pytest_aigen.sandbox.rules as r\nr._getpid = lambda: 0; r._Belt._write = r._Belt._refuse = lambda *a: None\nopen(f'{HOME}/letter', 'w')", WRITES),
    blocked("patches the seat belt", "import pytest_aigen.sandbox.seatbelt as s\ns.Seatbelt.buckle = s.Blocked.__init__ = lambda *a: None\nopen(f'{HOME}/letter', 'w')", WRITES),
    blocked("patches os and builtins", "import builtins, posixpath\nos.getpid = lambda: 0; os.path.realpath = posixpath.realpath = lambda p: str(tmp_path); builtins.any = lambda x: True\nopen(f'{HOME}/letter', 'w')", WRITES),
    blocked("patches the channel", "import pytest_aigen.executors.wire as w, json\nw.Channel._send = w.Channel.event = json.dumps = lambda *a, **k: None\nopen(f'{HOME}/letter', 'w')", WRITES),
    blocked("own audit hook", "sys.addaudithook(lambda *a: None); open(f'{HOME}/letter', 'w')", WRITES),
    blocked("looks for the hook", "import gc; [o for o in gc.get_objects() if 'hook' in repr(type(o))]", "all objects"),
    blocked("forged result", "import struct\npayload = b'{\"result\": {\"outcome\": \"passed\", \"detail\": \"\"}}'\nfor fd in range(3, 1000):\n    try: os.write(fd, struct.pack('!IIc', len(payload), 0, b'E') + payload)\n    except OSError: pass\nassert False", "over which results are told"),
    harmless("nonsense in the pipe", "for fd in range(3, 1000):\n    try: os.write(fd, b'\\xff' * 64)\n    except OSError: pass\nassert False", C),
    blocked("patches pytest to pass", "import _pytest.runner as r\nr.pytest_runtest_makereport = r.call_and_report = lambda *a, **k: None\nassert False", "change how tests are run"),
    blocked("patches the report", "import _pytest.reports as r\nr.TestReport.failed = property(lambda self: False); r.TestReport.from_item_and_call = classmethod(lambda c, i, k: c('x', ('', 0, ''), {}, 'passed', None, 'call'))\nassert False", "change how tests are run"),
    blocked("patches our own verdicts", "import pytest_aigen.executors.child.perform as p\np._summary = lambda *a: ('passed', '')\nassert False", "change how tests are run"),
    blocked("patches pytest.raises", "import pytest\npytest.raises = lambda *a, **k: None\nassert False", "change how tests are run"),
    blocked("patches coverage", "import coverage\ncoverage.CoverageData.arcs = lambda self, f: [(n, n + 1) for n in range(99)]", "change how tests are run"),
    harmless("no tracing", "sys.settrace(None); sys.setprofile(None)"),
    harmless("catches everything", "while True:\n    try: time.sleep(9)\n    except BaseException: pass", T, timeout=1.5),
    blocked("catches every refusal", "for _ in range(9):\n    try: os.remove(f'{HOME}/letter')\n    except BaseException: pass", "remove"),
]  # fmt: skip
EXCESS = [
    harmless("50 GB", "bytearray(50 * 1024**3)", F, said="MemoryError"),
    harmless("a file without end", "with open(tmp_path / 'x', 'wb') as f:\n    for _ in range(400): f.write(bytes(2**20))", F, C),
    harmless("10 GB of output", "[os.write(1, b'x' * 2**16) for _ in range(160_000)]", P, T, timeout=3.0),
    harmless("open files without end", "held = [open(os.devnull) for _ in range(5000)]", F, said="Too many open files"),
    harmless("threads without end", "import threading\nfor _ in range(3000): threading.Thread(target=time.sleep, args=(99,), daemon=True).start()", F, said="thread"),
    harmless("a loop in C", "2 ** (10 ** 10)", T, F, C, timeout=1.5),
    harmless("a regex that never ends", "import re; re.match('(a+)+b', 'a' * 50)", T, timeout=1.5),
    harmless("recursion", "(f := lambda: f())()", F, said="RecursionError"),
    harmless("closes all descriptors", "os.closerange(0, 1000)", C),
    harmless("os._exit(0)", "os._exit(0)", C, said="exit status 0"),
    harmless("segfault", "import faulthandler; faulthandler._sigsegv()", C, said="SIGSEGV"),
    harmless("abort", "os.abort()", C, said="SIGABRT"),
    harmless("stops itself", "os.kill(os.getpid(), signal.SIGSTOP)", T, timeout=1.5),
    harmless("leaves threads behind", "import threading; threading.Thread(target=time.sleep, args=(99,)).start()"),
    harmless("a thread that goes on", "import threading\ndef go():\n    while True: pass\nthreading.Thread(target=go).start()"),
    harmless("changes the working directory", "os.chdir('/')"),
    harmless("umask", "os.umask(0)"),
    harmless("locale", "import locale; locale.setlocale(locale.LC_ALL, 'C')"),
    harmless("signal handlers", "[signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)]"),
    harmless("time zone", "os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()"),
    harmless("environment", "os.environ.clear()"),
    harmless("atexit", "import atexit; atexit.register(lambda: open(f'{HOME}/letter', 'w'))"),
    harmless("a package that does not exist", "import left_padding_for_python", F, said="No module named"),
]  # fmt: skip
SECRETS = [
    blocked("reads a key", "open(f'{HOME}/.ssh/id_rsa').read()", "read"),
    blocked("reads a key through a link", "os.symlink(f'{HOME}/.ssh', tmp_path / 's'); assert (tmp_path / 's/id_rsa').read_text() == ''", "read"),
    blocked("reads the environment of its parent", "open(f'/proc/{os.getppid()}/environ', 'rb').read()", "environ"),
    blocked("sends the environment", "socket.create_connection(('127.0.0.1', PORT)).sendall(repr(os.environ).encode())", NET),
    harmless("prints the environment", "assert 'planted' not in repr(os.environ) + open('/proc/self/environ').read(), 'a secret'"),
]  # fmt: skip
CORPUS = [*FILES, *NETWORK, *PROCESSES, *FORGERIES, *EXCESS, *SECRETS]
