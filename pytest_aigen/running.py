"""Runs what takes long on an event loop, so that Ctrl-C ends it and keeps what was found."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Protocol

from pytest_aigen.data import Ended
from pytest_aigen.errors import AigenError
from pytest_aigen.protocols import Executor, Model


class Work(Protocol):
    """What is run; its fields hold the result at any moment."""

    ended: Ended
    detail: str

    async def run(self) -> None: ...


async def until_done(
    work: Work, executor: Executor, model: Model | None, end: Callable[[], Awaitable[None]]
) -> None:
    """Run the work and its end. The first Ctrl-C ends the work and keeps what was accepted; the second one ends
    everything: CancelledError.
    """
    loop, everything = asyncio.get_running_loop(), asyncio.current_task()
    task = asyncio.ensure_future(work.run())
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
        await executor.aclose()
        if model is not None:
            await model.aclose()
