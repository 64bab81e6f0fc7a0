"""A dask cluster of processes on this machine: a scheduler, and workers each in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path


class Machines:
    """A scheduler and its workers; ``close`` ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
            "--scheduler-file", str(self._file), "--no-show",
        )  # fmt: skip
        self.address = self._address()

    def add(self, environ: Mapping[str, str] | None = None, threads: int = 1) -> subprocess.Popen[bytes]:
        """A worker more, without a nanny: killed, it stays away."""
        place = self.folder / f"worker-{len(self.workers)}"
        place.mkdir()
        self.workers.append(
            self._start(
                "dask_worker",
                self.address,
                "--nthreads",
                str(threads),
                "--no-nanny",
                "--no-dashboard",
                "--local-directory",
                str(place),
                "--host",
                "127.0.0.1",
                environ=environ,
            )
        )
        return self.workers[-1]

    def come(self, number: int) -> None:
        """Wait until so many workers are there."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=60)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.kill()
            process.wait()

    def _start(
        self, module: str, *words: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        dropped = ("COV_CORE_", "COVERAGE_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        log = self.folder / f"{module}-{time.monotonic_ns()}.log"
        with log.open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *words],
                env={**kept, **(environ or {})},
                cwd=self.folder,
                stdout=stream,
                stderr=stream,
            )

    def _address(self) -> str:
        for _ in range(600):
            if self._file.exists():
                try:
                    return str(json.loads(self._file.read_text("utf-8"))["address"])
                except ValueError:
                    pass
            assert self.scheduler.poll() is None, "the scheduler ended"
            time.sleep(0.1)
        raise AssertionError("the scheduler did not start")
