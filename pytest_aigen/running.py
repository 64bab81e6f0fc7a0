"""Runs what takes long on an event loop, so that Ctrl-C ends it and keeps what was found."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from pytest_aigen.data import Ended, Progress
from pytest_aigen.errors import AigenError
from pytest_aigen.protocols import Executor, Model, Watcher


class Work(Protocol):
    """What is run; its fields hold the result at any moment."""

    ended: Ended
    detail: str

    async def run(self) -> None: ...


class Watch:
    """Shows how the work is going to all who watch. A watcher that fails is asked no more, and costs nothing else."""

    def __init__(
        self, look: Callable[[], Progress], watchers: Sequence[Watcher], *, every: float = 0.25
    ) -> None:
        self._look, self._watchers, self._every = look, list(watchers), every
        #: Sentences that the user should read.
        self.notes: list[str] = []

    async def run(self) -> None:
        """Goes on until nobody watches any more."""
        while self._watchers:
            self.show()
            await asyncio.sleep(self._every)

    def show(self) -> None:
        progress = self._look()
        self._each(lambda watcher: watcher.show(progress))

    def close(self) -> None:
        """What follows is not shown; the screen is free."""
        self._each(lambda watcher: watcher.close())
        self._watchers.clear()

    def _each(self, call: Callable[[Watcher], None]) -> None:
        for watcher in tuple(self._watchers):
            try:
                call(watcher)
            except Exception as error:
                self._watchers.remove(watcher)
                self.notes.append(f"the progress is not shown: {type(error).__name__}: {error}")


async def until_done(
    work: Work,
    executor: Executor,
    model: Model | None,
    end: Callable[[], Awaitable[None]],
    watch: Watch | None = None,
) -> None:
    """Run the work and its end, watched. The first Ctrl-C ends the work and keeps what was accepted; the second one ends
    everything: CancelledError.
    """
    loop, everything = asyncio.get_running_loop(), asyncio.current_task()
    task = asyncio.ensure_future(work.run())
    shown = asyncio.ensure_future(watch.run()) if watch is not None else None
    presses = 0

    def interrupt() -> None:
        # No KeyboardInterrupt here: it may be raised, and so be lost, where Python ignores exceptions.
        nonlocal presses
        presses += 1
        work.ended = Ended.INTERRUPTED
        if presses == 1:
            task.cancel()
        elif everything is not None:
            everything.cancel()

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, RuntimeError, ValueError):
        pass  # no signals in this loop or thread: Ctrl-C ends the session as usual
    try:
        await task
        if presses > 1:
            raise asyncio.CancelledError
        await end()
        await asyncio.sleep(0)  # a Ctrl-C that came while files were written is heard
    except AigenError as error:
        work.ended, work.detail = Ended.FAULT, str(error)
    finally:
        if watch is not None and shown is not None:
            shown.cancel()
            watch.close()
        await executor.aclose()
        if model is not None:
            await model.aclose()
