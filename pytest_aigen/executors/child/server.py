"""A pytest session that is configured like the user's, and then runs jobs: in forks, or a single one itself.

Started by ``launch``. Standard output and error belong to the code under test; what is said goes over a socket.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import os
import pickle
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_aigen.data import Job
from pytest_aigen.executors.child import again, functions, integrity, mutating, perform
from pytest_aigen.executors.child.conditions import Surroundings, bring_about
from pytest_aigen.executors.child.folders import Folders
from pytest_aigen.executors.child.order import Order
from pytest_aigen.executors.child.overlay import Overlay, imported_files, module_name, path_for
from pytest_aigen.executors.child.overrides import Overrides, arguments
from pytest_aigen.executors.child.pytest_private import drop_summaries, use_basetemp, use_cache
from pytest_aigen.executors.child.tracing import Tracer
from pytest_aigen.executors.child.warm import foresee, know, know_modules, warm
from pytest_aigen.executors.wire import JOB, MARK, READY, Channel, Splitter, told, unpack_job
from pytest_aigen.sandbox import allowances, limits
from pytest_aigen.sandbox.enter import Sandbox

#: Folders that programs use when they are told of no other.
_HOMES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")


def main(sock: socket.socket) -> None:
    """Read the order, configure pytest, run. Does not return."""
    order = _read_order(sock)
    place = order.workplace
    if order.job is not None:
        limits.die_with_parent()
    sys.dont_write_bytecode = True
    sys.path[:0] = [entry for entry in place.sys_path if entry not in sys.path]
    session = WarmSession(order, sock)
    folders = [_existing(folder) for folder in place.folders] or [place.root]
    args = arguments(place.args, place.root, list(dict.fromkeys(folders)), order.temp / "cache")
    status = pytest.main(args, plugins=[Overrides(), session.folders, session])
    perform.flush()
    if not session.reached:
        print(
            f"pytest ended with status {int(status)} before it came to the tests", file=sys.stderr, flush=True
        )
    if session.reached:  # the parent does it too, unless it died
        shutil.rmtree(order.temp, ignore_errors=True)
    os._exit(0 if session.reached else 1)


class WarmSession:
    """The plugin whose run loop serves jobs."""

    def __init__(self, order: Order, sock: socket.socket) -> None:
        self._order = order
        self._started = Surroundings.present()
        self._sock = sock
        self._job: Job | None = unpack_job(order.job) if order.job is not None else None
        self._overlay = _overlay(self._job) if self._job else Overlay({})
        self._tracer: Tracer | None = None
        self.folders = Folders(order.workplace.folders)
        self.reached = False
        #: Files of what is imported before the first fork.
        self._imported: dict[str, list[str]] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self):  # type: ignore[no-untyped-def]
        self._overlay.install()
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        self._overlay.install()

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: object) -> None:
        print(excrepr, file=sys.stderr, flush=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.reached = True
        place = self._order.workplace
        self._sandbox = sandbox = Sandbox(allowances.parse(place.allow, place.cwd))
        self.folders.complete(session, place.folders)
        pycache = self._order.temp / "pycache"
        pycache.mkdir(exist_ok=True)
        self._changed = integrity.seal()
        tracer = Tracer(place.sources, branch=place.branch, config=place.cov_config)
        if self._order.job is not None:
            self._sock.sendall(told(0, READY, threads=[], layers=sandbox.layers).encode())
            sys.pycache_prefix = str(pycache)
            perform.flush()
            os.write(1, MARK)
            channel = Channel(self._sock, 0, self._order.word)
            self._run(self._order.job, channel, self._order.temp / "run", session, tracer)
            perform.flush()
            os._exit(0)
        from pytest_aigen.executors.child.supervisor import Supervisor

        warm(place.sources, place.root)
        self._imported = imported_files()
        root, _ = module_name(next(iter(place.folders), place.root) / "test_.py", Overlay({}))
        path = path_for(root, session.config)
        tracer.warm(path)
        functions.know(place.sources)
        sys.pycache_prefix = str(pycache)
        sys.dont_write_bytecode = False
        gc.collect()
        gc.freeze()
        threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        self._sock.sendall(told(0, READY, threads=threads, layers=sandbox.layers).encode())

        def run(job: bytes, channel: Channel, temp: Path) -> None:
            self._run(job, channel, temp, session, tracer)

        def preload(control: socket.socket, names: Sequence[str], temp: Path) -> None:
            _settle(temp, session.config)
            if preloaded(names, tracer, sandbox, writable=[temp, pycache]):
                tracer.warm(path)
                control.sendall(told(0, READY).encode())
                Supervisor(control, temp / "runs", run, tracer.parse, know).serve()
            os._exit(0)

        Supervisor(self._sock, self._order.temp / "runs", run, tracer.parse, know, preload).serve()
        drop_summaries(session.config)
        return True

    def _run(
        self, packed: bytes, channel: Channel, temp: Path, session: pytest.Session, tracer: Tracer
    ) -> None:
        """Run a job in this process, which is the candidate's."""
        job = self._job
        if job is None:
            job = unpack_job(packed)
            overlay = _overlay(job)
            stale = overlay.stale(job.path, self._imported)
            if stale:
                channel.event(stale=stale)
                return
        else:
            overlay = self._overlay
        for path in (job.path, *job.others):
            overlay.add_from_disk(path)
        _settle(temp, session.config)
        under = bring_about(job.conditions, temp, session.config.rootpath, self._started)
        writable, seconds = [temp, self._order.temp / "pycache"], int(100 * job.timeout) + 60
        if job.changes:
            limits.apply(seconds)
            mutating.perform_changes(
                job,
                channel=channel,
                session=session,
                folders=self.folders,
                overlay=overlay,
                temp=temp,
                writable=writable,
                settle=_settle,
                sandbox=self._sandbox,
                cpu_seconds=seconds,
            )
            return
        if job.probe is not None:
            perform.prepare(job.probe)
        channel.event(at="", under=under)
        alarm = channel.alarm()
        self._sandbox.enter(writable, alarm, cpu_seconds=seconds)
        scrub = [(f"{temp}{os.sep}", "<tmp>/"), (str(temp), "<tmp>")]
        items = perform.perform(
            job,
            channel=channel,
            session=session,
            folders=self.folders,
            overlay=overlay,
            tracer=tracer,
            scrub=scrub,
            changed=self._changed,
            alarm=alarm,
            may_wait=again.may_wait,
        )
        if items:
            again.serve(channel, items, session)


def preloaded(names: Sequence[str], tracer: Tracer, sandbox: Sandbox, *, writable: Sequence[Path]) -> bool:
    """Import modules for all later forks; whether that went well and without an effect that the sandbox refuses."""
    refused: list[str] = []
    before = threading.active_count()
    with sandbox.watched(writable, refused.append):
        tracer.start()
        try:
            for name in names:
                importlib.import_module(name)
        except BaseException:
            return False
        finally:
            tracer.stop()
        foresee(names)
    if refused or threading.active_count() != before:
        return False
    tracer.keep()
    know_modules()
    gc.collect()
    gc.freeze()
    return True


def _overlay(job: Job) -> Overlay:
    return Overlay(job.overlay, {job.path: job.tests})


def _settle(temp: Path, config: pytest.Config) -> None:
    """Let everything that wants a home or a temporary folder have one that is removed afterwards."""
    home, tmp = temp, temp / "tmp"
    tmp.mkdir(parents=True)
    for name in _HOMES:
        os.environ.pop(name, None)
    os.environ.update(HOME=str(home), TMPDIR=str(tmp), HYPOTHESIS_STORAGE_DIRECTORY=str(temp / "hypothesis"))
    if os.name == "nt":
        os.environ.update(USERPROFILE=str(home), TEMP=str(tmp), TMP=str(tmp))
    tempfile.tempdir = str(tmp)
    use_basetemp(config, temp / "pytest")
    use_cache(config, temp / "cache")
    if faulthandler.is_enabled():
        faulthandler.enable(file=2)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")


def _existing(folder: Path) -> Path:
    return next(part for part in (folder, *folder.parents) if part.is_dir())


def _read_order(sock: socket.socket) -> Order:
    splitter = Splitter()
    while True:
        data = sock.recv(65536)
        if not data:
            os._exit(1)
        for frame in splitter.feed(data):
            assert frame.kind == JOB
            order = pickle.loads(frame.payload)
            assert isinstance(order, Order)
            return order
