"""When a run has to be over."""

from __future__ import annotations

import asyncio

import pytest

from pytest_aigen.deadline import SHARE, Deadline


@pytest.mark.parametrize(
    ("seconds", "end", "now", "left"),
    [
        pytest.param(None, 5.0, 1000.0, None, id="no-deadline"),
        pytest.param(100.0, 0.0, 0.0, 100.0, id="all-of-it"),
        pytest.param(100.0, 5.0, 30.0, 65.0, id="without-the-end"),
        pytest.param(100.0, 90.0, 30.0, 70.0 - 100.0 * SHARE, id="a-long-end-gets-its-share"),
        pytest.param(100.0, 5.0, 96.0, 0.0, id="the-end-has-begun"),
        pytest.param(0.0, 5.0, 0.0, 0.0, id="no-time-at-all"),
    ],
)
def test_what_is_left_before_the_end(
    seconds: float | None, end: float, now: float, left: float | None
) -> None:
    times = iter([0.0, now])
    assert Deadline(seconds, lambda: next(times)).before(end) == left


def test_work_that_is_done_in_time_gives_its_result() -> None:
    assert asyncio.run(Deadline(60.0).until(asyncio.sleep(0, "done"))) == "done"
    assert asyncio.run(Deadline(None).until(asyncio.sleep(0, "done"))) == "done"


def test_work_that_is_not_is_given_up() -> None:
    ended: list[str] = []

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("given up")

    with pytest.raises(TimeoutError):
        asyncio.run(Deadline(0.01).until(long()))
    assert ended == ["given up"]


def test_the_end_takes_from_the_time_what_it_needs_by_then() -> None:
    asked: list[float] = []

    def end() -> float:
        asked.append(0.01 if len(asked) < 1 else 1000.0)
        return asked[-1]

    began = [0.0]
    deadline = Deadline(100.0, lambda: began[0])

    async def long() -> None:
        began[0] = 80.0
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(deadline.until(long(), end))
    assert asked == [0.01, 1000.0]


def test_what_the_work_raises_is_raised() -> None:
    async def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(Deadline(60.0).until(fails()))
