"""Frames, and what is kept of an output."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from pytest_aigen.data import Job, Outcome, Probe
from pytest_aigen.executors.answer import Answer
from pytest_aigen.executors.child import details
from pytest_aigen.executors.wire import (
    END,
    EVENT,
    MARK,
    VALUE,
    Channel,
    Frame,
    Output,
    Splitter,
    pack_job,
    told,
    unpack_job,
    unpack_preload,
    unpack_timeout,
    unpack_tool,
)

WORD = b"w" * 16


def test_frames_survive_any_cut() -> None:
    frames = [Frame(1, EVENT, b"{}"), Frame(2, END), Frame(3, VALUE, b"x" * 1000)]
    stream = b"".join(frame.encode() for frame in frames)
    for size in (1, 7, 100, 5000):
        splitter = Splitter()
        got = [f for at in range(0, len(stream), size) for f in splitter.feed(stream[at : at + size])]
        assert got == frames


@pytest.mark.parametrize("data", [b"hello world", b"\xff" * 20], ids=["text", "too long"])
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        list(Splitter().feed(data))


def test_only_the_process_itself_speaks() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(theirs, 1, WORD)
        channel._pid += 1
        channel.event(at="x")
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([], ""),
        ([b"ab", b"cd"], "abcd"),
        ([b"abcdef"], "abcdef"),
        ([b"abcdefghij"], "abc\n... 4 bytes ...\nhij"),
        ([bytes([c]) for c in b"abcdefghij"], "abc\n... 4 bytes ...\nhij"),
        ([b"\xff"], "\ufffd"),
    ],
)
def test_output(pieces: list[bytes], text: str) -> None:
    output = Output(keep=3)
    for piece in pieces:
        output.feed(piece)
    assert output.text() == text


def test_output_before_the_mark_is_dropped() -> None:
    read, write = os.pipe()
    output = Output()
    thread = threading.Thread(target=output.drain, args=(read,))
    thread.start()
    os.write(write, b"x" * 40_000 + MARK + b"after")
    os.close(write)
    thread.join()
    assert output.text() == "after"


JOB = Job(Path("/p/tests/test_x.py"), ("test_a",), timeout=2.0)
PROBE = Job(Path("/p/tests/test_x.py"), (), probe=Probe("a:b", 1))


@pytest.mark.parametrize(
    ("frames", "job", "outcome", "detail"),
    [
        ([], JOB, Outcome.CRASHED, "the session in which it ran died while importing test_x.py"),
        ([told(1, END, how="timeout")], JOB, Outcome.TIMEOUT, "no end after 2 s while importing test_x.py"),
        (
            [told(1, EVENT, at="t"), told(1, END, how="timeout")],
            JOB,
            Outcome.TIMEOUT,
            "no end after 2 s in t",
        ),
        ([told(1, END, how="exit", signal=9)], JOB, Outcome.CRASHED, "the process died of SIGKILL while"),
        ([told(1, END, how="exit", signal=99)], JOB, Outcome.CRASHED, "the process died of signal 99 while"),
        ([told(1, END, how="killed")], JOB, Outcome.CRASHED, "the process was ended while"),
        (
            [told(1, EVENT, blocked="x"), told(1, END, how="timeout")],
            JOB,
            Outcome.BLOCKED,
            "the sandbox did not",
        ),
        ([told(1, EVENT, result={"outcome": "odd"})], JOB, Outcome.CRASHED, "an answer that makes no sense"),
        ([told(1, EVENT, result=[])], JOB, Outcome.CRASHED, "an answer that makes no sense"),
        ([Frame(1, VALUE, b"no pickle")], PROBE, Outcome.CRASHED, "an answer that makes no sense"),
        (
            [told(1, END, how="exit", status=3)],
            PROBE,
            Outcome.CRASHED,
            "the process ended without an answer, exit",
        ),
    ],
)
def test_answers(frames: list[Frame], job: Job, outcome: Outcome, detail: str) -> None:
    answer = Answer()
    for frame in frames:
        answer.add(frame)
    run = answer.run(job)
    assert run.outcome is outcome
    assert run.detail.startswith(detail)


@pytest.mark.parametrize("preload", [(), ("shop", "shop.cart")], ids=["none", "some"])
@pytest.mark.parametrize("tool", ["", "pytest_aigen.explore.probe"], ids=["none", "a tool"])
def test_heads_of_jobs(preload: tuple[str, ...], tool: str) -> None:
    packed = pack_job(2.5, JOB, preload, tool)
    assert (unpack_timeout(packed), unpack_preload(packed), unpack_tool(packed)) == (2.5, preload, tool)
    assert unpack_job(packed) == JOB


def test_values_of_tests_are_never_unpickled() -> None:
    answer = Answer()
    answer.add(Frame(1, VALUE, b"cos\nsystem\n(S'exit 1'\ntR."))
    answer.add(told(1, EVENT, result={"outcome": "passed", "detail": ""}))
    assert answer.run(JOB).value is None


FRAMES = "\n".join(f"tests/test_x.py:{n}: in f{n}" for n in range(100))
EVIDENCE = "\n".join(f"E   line {n} of the difference" for n in range(100))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("short", ["short"]),
        (FRAMES + "\nE   assert 1 == 2", ["in f99", "E   assert 1 == 2"]),
        ("tests/test_x.py:1: in f\n" + EVIDENCE, ["in f", "E   line 0 ", "E   line 99 "]),
        (FRAMES + "\n" + EVIDENCE, ["in f99", "E   line 0 ", "E   line 99 "]),
        ("x" * 5000, ["x\n...\nx"]),
    ],
)
def test_details_keep_what_matters(text: str, parts: list[str]) -> None:
    short = details.shorten(text, [])
    assert len(short) <= details.LIMIT
    assert all(part in short for part in parts)


def test_details_replace() -> None:
    assert details.shorten("/tmp/run1/x", [("/tmp/run1", "<tmp>")]) == "<tmp>/x"
