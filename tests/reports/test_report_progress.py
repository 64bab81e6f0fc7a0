"""How a run shows how it is going: what a screen shows, and the lines where there is none."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pyte
import pytest

from pytest_aigen.data import Gap, Phase, Progress, Usage, Working
from pytest_aigen.reports.progress.live import Live
from pytest_aigen.reports.progress.plain import EVERY, Plain
from pytest_aigen.reports.progress.words import Pace
from tests.report_records import BODY, PRICE, ROOT, TOTAL

SEARCH = Progress(
    generator="explore",
    done=3,
    total=40,
    coverage=61.27,
    goal=90.0,
    accepted=14,
    refused=3,
    working=(Working(PRICE.gap, "test_price_of_nothing"), Working(TOTAL.gap)),
)
MODEL = replace(
    SEARCH,
    generator="llm",
    suspects=1,
    usage=Usage(7, 12_000, 0, 345, 0.0513),
    working=(Working(PRICE.gap), Working(TOTAL.gap), Working(BODY.gap)),
)
LAST = replace(MODEL, phase=Phase.ENDING, working=())
AGAIN = Progress(Phase.RECHECKING, done=2, total=9, accepted=1, refused=1, working=(Working(PRICE.gap, "test_x"),))  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """What is written to it is seen on a screen."""

    def __init__(self, columns: int, rows: int = 24) -> None:
        super().__init__()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.said: list[str] = []

    def write(self, text: str) -> int:
        self.said.append(text)
        self._stream.feed(text.replace("\n", "\r\n"))
        return len(text)

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> list[str]:
        return [line.rstrip() for line in "\n".join(self.screen.display).rstrip().split("\n")]


@pytest.fixture(params=[40, 80, 120])
def terminal(request: pytest.FixtureRequest) -> Terminal:
    return Terminal(request.param)


def live(terminal: Terminal, clock: Clock, rows: int = 2) -> Live:
    environ = {"COLUMNS": str(terminal.screen.columns), "LINES": "24", "TERM": "xterm-256color"}
    return Live(terminal, ROOT, rows=rows, environ=environ, clock=clock)


def test_the_screen(terminal: Terminal, golden: Callable[[str, str], None]) -> None:
    clock = Clock()
    shown: list[str] = []
    display = live(terminal, clock)
    for name, progress in (("search", SEARCH), ("model", MODEL), ("last", LAST), ("again", AGAIN)):
        display.show(progress)
        clock.now += 30
        display.show(progress)
        shown += [f"-- {name}", *terminal.shown]
        assert all(len(line) <= terminal.screen.columns for line in terminal.shown)
    display.close()
    golden(f"reports/progress-{terminal.screen.columns}.txt", "\n".join(shown) + "\n")


def test_nothing_is_left_on_the_screen(terminal: Terminal) -> None:
    terminal.write("1 passed\n")
    display = live(terminal, Clock())
    for progress in (SEARCH, MODEL, LAST):
        display.show(progress)
    display.close()
    assert terminal.shown == ["1 passed"]
    assert not terminal.screen.cursor.hidden
    assert "\x1b[?25l" not in "".join(terminal.said), (
        "a process that is killed could not show the cursor again"
    )


def test_what_is_printed_meanwhile_stays_above(terminal: Terminal) -> None:
    display = live(terminal, Clock())
    display.show(SEARCH)
    print("a word of an extension")
    display.show(SEARCH)
    display.close()
    assert terminal.shown == ["a word of an extension"]


def test_closed_before_it_was_shown(terminal: Terminal) -> None:
    live(terminal, Clock()).close()
    assert terminal.shown == [""]


def test_a_row_keeps_its_target(terminal: Terminal) -> None:
    """And the free ones go to newcomers."""
    display = live(terminal, Clock(), rows=2)

    def rows(*targets: Gap) -> list[str]:
        display.show(replace(SEARCH, working=tuple(Working(gap, "test_x") for gap in targets)))
        names = (re.search(r"(::[\w.]+|body\)|more| -)", line) for line in terminal.shown[-3:])
        return [name[1].strip() for name in names if name]

    one, two, three = PRICE.gap, TOTAL.gap, BODY.gap
    assert rows(one, two)[-2:] == ["::price", "::Cart.total"]
    assert rows(two)[-2:] == ["-", "::Cart.total"]
    assert rows(two, three, one)[-3:] == ["body)", "::Cart.total", "more"]
    display.close()


def test_hostile_names_are_text(terminal: Terminal) -> None:
    display = live(terminal, Clock())
    gap = replace(PRICE.gap, qualname="a\x1b[2J[red]b")
    display.show(replace(SEARCH, working=(Working(gap, "test_\x07[/]"),)))
    assert "[red]b  test_?[/]" in terminal.shown[-1]
    assert "\x1b[2J" not in "".join(terminal.said)
    display.close()


def test_plain_lines_come_at_a_humane_pace() -> None:
    clock, said = Clock(), list[str]()
    plain = Plain(said.append, clock)
    for second in range(100):
        clock.now = float(second)
        plain.show(replace(SEARCH, done=min(40, second // 2)))
    plain.close()
    assert len(said) == 99 // EVERY
    assert said[0] == (
        "ai-gen: offline engine: 10/40 targets, coverage 61.2% -> 90%, 14 accepted, 3 refused, 1:00 left"
    )


def test_plain_lines_do_not_repeat_themselves() -> None:
    clock, said = Clock(), list[str]()
    plain = Plain(said.append, clock)
    for second in range(200):
        clock.now = float(second)
        plain.show(MODEL if second < 100 else LAST)
    assert said == [
        "ai-gen: model: 3/40 targets, coverage 61.2% -> 90%, 14 accepted, 3 refused, 1 suspected bug, 7 requests,"
        " 12,345 tokens, $0.0513, 4:07 left",
        "ai-gen: last checks: coverage 61.2% -> 90%, 14 accepted, 3 refused, 1 suspected bug, 7 requests,"
        " 12,345 tokens, $0.0513",
    ]


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        pytest.param(replace(SEARCH, done=10), "1:30 left", id="a quarter is done"),
        pytest.param(replace(SEARCH, done=1), "", id="too little is done to tell"),
        pytest.param(replace(SEARCH, done=0), "", id="nothing is done"),
        pytest.param(replace(SEARCH, done=40), "0:01 left", id="all is done"),
        pytest.param(
            replace(SEARCH, done=10, seconds=50, max_time=60.0), "0:10 left", id="the time is capped"
        ),
        pytest.param(replace(SEARCH, done=0, seconds=99, max_time=60.0), "0:01 left", id="the time is over"),
        pytest.param(replace(LAST, done=10, max_time=60.0), "", id="the last step"),
    ],
)
def test_time_left(progress: Progress, words: str) -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.left(replace(progress, done=0))
    clock.now = 30
    assert pace.left(progress) == words
