"""The section at the end of pytest's output, word for word in tests/golden/reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import (
    Contract,
    Coverage,
    Ended,
    Expected,
    FileCoverage,
    Forecast,
    Mutant,
    Outgoing,
    Proof,
    Reached,
    Report,
    Stale,
    Suspect,
    Usage,
    Why,
)
from pytest_aigen.reports.requests import amounts, shown
from pytest_aigen.reports.terminal import lines
from pytest_aigen.reports.words import Said, amount, broken, count, percent, plain
from tests.report_records import (
    BODY,
    BUG,
    FIRST,
    FULL,
    PRICE,
    ROOT,
    SECOND,
    SHOP,
    TEST_CART,
    TEST_SHOP,
    THIRD,
    TOTAL,
    accepted,
    coverage,
    rejected,
)

SAYS = replace(
    THIRD, trial=replace(THIRD.trial, proofs=(Proof("origin", "characterisation: says what the code does"),))
)
UNWRITTEN = replace(
    FULL,
    unwritten={TEST_SHOP: "it changed since it was read"},
    patches={TEST_SHOP: ROOT / ".pytest_aigen/unwritten/tests-test_shop.patch"},
)
BARE = Report(ROOT, "write", coverage({1}, {1}), coverage({1}, {1}))
MANY = tuple(replace(PRICE.gap, qualname=f"price_{n}") for n in range(14))
KILLING = Proof(
    "mutation", "kills", (Mutant(SHOP, 11, "ROR", "<", "<="),), (Mutant(SHOP, 12, "CRP", "1", "2"),)
)
CHECKED = replace(
    BARE,
    mode="check",
    seconds=3.21,
    proven=(replace(FIRST.trial, proofs=(KILLING,)), SECOND.trial, THIRD.trial),
    stale=(
        Stale(TEST_CART, "test_pay", "cart:Cart.pay", Why.GONE, "there is no Cart.pay in cart; the nearest is Cart.paid"),
        Stale(TEST_CART, "TestCart::test_add", "cart:Cart.add", Why.FAILS, "assert 3 == 4\n+ where"),
        Stale(TEST_SHOP, "test_price[1-2]", "shop:price", Why.KILLS_NOTHING, "still passes when line 11: `<` becomes `<=`"),
    ),
    notes=("not proven again (2): zoo is not measured (--ai-gen-source, or coverage's configuration)",),
)  # fmt: skip
PRUNED = replace(
    CHECKED,
    mode="prune",
    stale=(
        replace(CHECKED.stale[0], removed=True),
        CHECKED.stale[1],
        replace(CHECKED.stale[2], hindered="without it, the module breaks its neighbour test_sum"),
    ),
)
PRICES = tuple(
    accepted(
        replace(PRICE, test_path=ROOT / f"tests/test_{file}.py"),
        f"test_{number}",
        Reached(frozenset(range(1, 2 + number % 7))),
    )
    for file in range(40)
    for number in range(3 + 10 * (file % 20))
)
MODULES = [ROOT / f"src/{number}.py" for number in range(30)]
#: Thousands of tests, and more of everything than anyone reads.
HUGE = replace(
    FULL,
    verdicts=(*PRICES, *(rejected(PRICE, f"test_no_{n}", f"check_{n % 12}", "why not") for n in range(300))),
    edits=(),
    redundant=(),
    suspects=FULL.suspects * 12,
    left=MANY,
    unreached=(),
    before=Coverage({path: FileCoverage(path, frozenset({1, 2}), frozenset()) for path in MODULES}),
    after=Coverage({path: FileCoverage(path, frozenset({1, 2}), frozenset({1})) for path in MODULES}),
)
REPORTS = {
    "check": (CHECKED, 0),
    "check-verbose": (CHECKED, 1),
    "check-quiet": (CHECKED, -1),
    "check-all-proven": (replace(CHECKED, stale=(), notes=()), 0),
    "check-failing": (replace(CHECKED, stale=CHECKED.stale[1:2], notes=()), 0),
    "check-nothing": (replace(BARE, mode="check"), 0),
    "check-nothing-quiet": (replace(BARE, mode="check"), -1),
    "check-fault": (replace(CHECKED, stale=(), ended=Ended.FAULT, detail="the session has died"), 0),
    "check-budget": (replace(CHECKED, stale=(), ended=Ended.BUDGET, detail="--ai-gen-max-time=1 is over"), 0),
    "prune": (PRUNED, 0),
    "prune-quiet": (PRUNED, -1),
    "full": (FULL, 0),
    "full-quiet": (FULL, -1),
    "full-verbose": (FULL, 1),
    "diff": (replace(FULL, mode="diff", cov_target=None), 0),
    "diff-quiet": (replace(FULL, mode="diff"), -1),
    "plan": (replace(BARE, mode="plan", targets=FULL.targets, skipped=FULL.skipped, left=FULL.left), 0),
    "plan-model": (
        replace(
            BARE, mode="plan", targets=(TOTAL, PRICE, BODY), left=FULL.left, forecast=FULL.forecast, price=FULL.price
        ), 0,
    ),
    "plan-model-unknown": (
        replace(
            BARE, mode="plan", targets=(PRICE,), left=FULL.left,
            forecast=Forecast("openai:mine", (Expected(PRICE, 15_321, 1_204, None),)),
        ), 0,
    ),
    "plan-quiet": (replace(BARE, mode="plan", targets=FULL.targets), -1),
    "plan-nothing": (replace(BARE, mode="plan"), 0),
    "nothing": (BARE, 0),
    "nothing-quiet": (BARE, -1),
    "offline": (replace(BARE, left=(PRICE.gap,), verdicts=(FIRST,), seconds=0.2), 0),
    "done": (replace(BARE, verdicts=(FIRST,)), 0),
    "unwritten": (UNWRITTEN, 0),
    "unwritten-no-room": (replace(UNWRITTEN, patches={}), 0),
    "unwritten-elsewhere": (replace(UNWRITTEN, patches={TEST_SHOP: Path("/tmp/u/x.patch")}), 0),
    "unwritten-quiet": (UNWRITTEN, -1),
    "budget": (replace(FULL, ended=Ended.BUDGET, detail="--ai-gen-max-requests=7", usage=Usage(7, 1, 0, 1, None)), 0),
    "poor": (replace(FULL, ended=Ended.POOR, detail="the last 20 targets took 9,999 tokens for 0 lines and branches"), 0),
    "interrupted": (replace(BARE, ended=Ended.INTERRUPTED, left=MANY), 0),
    "fault": (replace(BARE, ended=Ended.FAULT, detail="the server refuses the key", left=MANY), 1),
    "reached": (replace(FULL, ended=Ended.REACHED, cov_target=50.0, left=()), 0),
    "suspects": (
        replace(
            BARE,
            verdicts=(SAYS, BUG),
            suspects=(
                FULL.suspects[0],
                Suspect(BUG, Contract("docstring", ">>> price(1)\n2"), "2", "1", None, "price(1)"),
                Suspect(BUG, Contract("docstring", "in euros"), said='the docstring says "in euros"', actual="assert False"),
                Suspect(BUG, Contract("model", "cents are lost"), "1.5", "1", None, "price(1.5)", "cents are lost"),
            ),
        ),
        0,
    ),
    "huge": (HUGE, 0),
    "huge-quiet": (HUGE, -1),
    "added-many": (replace(BARE, verdicts=PRICES), 0),
    "added-to-one": (replace(BARE, verdicts=PRICES[3:16] + PRICES[39:72:3]), 0),
    "suspects-many": (replace(BARE, suspects=FULL.suspects * 12), 0),
    "suspects-quiet": (replace(BARE, suspects=FULL.suspects), -1),
    "hostile": (
        replace(
            BARE,
            suspects=(Suspect(BUG, Contract("model", "a\x1b[2J\nb\x07"), "\x1b[1m", "\r1", None, "f(\x00)", "x\x1b[31m" * 100),),
            verdicts=(rejected(PRICE, "test_\x1b[31mred", "gain", "\x1b]0;title\x07\r\nsecond"),),
            left=(replace(PRICE.gap, qualname="a\x00b"),),
            notes=("line one\nline two",),
        ),
        0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
def test_words(name: str, golden: Callable[[str, str], None]) -> None:
    report, verbosity = REPORTS[name]
    started = () if report.mode == "write" else (f"--ai-gen-mode={report.mode}",)
    report = replace(report, command=("pytest", "--ai-gen", *started))
    golden(f"reports/terminal-{name}.txt", "".join(f"{line.text}\n" for line in lines(report, verbosity)))


LONG = "test_clamp_gives_the_upper_bound_when_the_value_is_above_it"


def test_a_long_name_stands_above_what_it_gained() -> None:
    long = replace(SECOND, trial=replace(SECOND.trial, job=replace(SECOND.trial.job, tests=(LONG,))))
    said = [line.text for line in lines(replace(BARE, verdicts=(FIRST, long)))]
    at = said.index(f"    {LONG}")
    assert said[at + 1] == "      1 line, kills 2 of 3 mutants"
    assert said[at - 2 : at] == ["    test_price_of_nothing", "      2 lines, 1 branch"]


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("name", ["full", "full-verbose", "suspects", "check", "unwritten", "budget"])
def test_a_line_is_broken_between_words(name: str, width: int) -> None:
    for line in lines(*REPORTS[name]):
        rows = broken(line, width)
        assert " ".join(row.strip() for row in rows).split() == line.text.split(), "nothing is lost"
        if not line.text.lstrip().startswith(("next: ", "run: ")):
            indent = len(line.text) - len(line.text.lstrip())
            assert all(len(row) <= width or " " not in row.strip() for row in rows)
            assert all(row.startswith(" " * (indent + 2)) for row in rows[1:])


def test_what_is_to_be_copied_is_not_broken() -> None:
    text = "+ " + "word " * 30
    assert broken(Said(text, whole=True), 40) == [text]
    assert broken(Said(f"next: {text}"), 40) == [f"next: {text}"]
    assert broken(Said(text), 0) == [text]


@pytest.mark.parametrize("name", [name for name in REPORTS if name.endswith("-quiet")])
def test_quiet_is_two_lines(name: str) -> None:
    assert len(lines(*REPORTS[name])) == 2


@pytest.mark.parametrize("name", ["huge", "added-many", "added-to-one", "suspects-many"])
def test_without_v_it_is_short(name: str) -> None:
    report, _ = REPORTS[name]
    assert len(lines(report)) <= 66
    assert any("-v shows" in line.text for line in lines(report))


def test_with_v_everything_is_named() -> None:
    said = [line.text.strip() for line in lines(HUGE, 1)]
    names = [row.partition(" ")[0].rstrip(":") for row in said]
    for verdict in HUGE.verdicts:
        assert verdict.candidate.name in names
    assert sum(name.startswith("test_") for name in names) == len(HUGE.verdicts)
    assert sum(row.endswith("test_price_is_positive") for row in said) == len(HUGE.suspects)
    assert not any("-v" in row for row in said)


@pytest.mark.parametrize("name", REPORTS)
def test_no_control_characters_and_one_next_step(name: str) -> None:
    texts = [line.text for line in lines(*REPORTS[name])]
    assert all(text.isprintable() for text in texts)
    assert [text.startswith("next: ") for text in texts] == [False] * (len(texts) - 1) + [True]


@pytest.mark.parametrize(
    ("value", "text"),
    [(100.0, "100.0%"), (99.999, "99.9%"), (57.3, "57.3%"), (0.0, "0.0%"), (100 * 29 / 100, "29.0%"), (66.6666, "66.6%")],
)  # fmt: skip
def test_percent_is_cut_off(value: float, text: str) -> None:
    assert percent(value) == text


def test_every_tenth_reads_as_it_is() -> None:
    assert [percent(100.0 * n / 1000) for n in range(1001)] == [f"{n // 10}.{n % 10}%" for n in range(1001)]


def test_amounts() -> None:
    assert amount([]) == "nothing"
    assert amount([Reached(branches=frozenset({(1, 2)}))]) == "1 branch"
    assert count(1, "gap") == "1 gap"
    assert count(2000, "gap") == "2,000 gaps"


def test_plain() -> None:
    assert plain("") == ""
    assert plain("\n\n") == ""
    assert plain("fails: \n\n  AssertionError: no\nmore") == "fails: AssertionError: no"
    assert plain("x" * 9, 8) == "xxxxx..."


PLUGIN = """
import pytest
from pathlib import Path
from pytest_aigen.data import *
from pytest_aigen.reports import terminal

class Hooks:
    @pytest.hookspec
    def pytest_aigen_report(self, report, settings, config): ...

def pytest_addhooks(pluginmanager):
    try:
        pluginmanager.add_hookspecs(Hooks)
    except ValueError:
        pass

@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter, config):
    nothing = Coverage({})
    terminal.pytest_aigen_report(Report(Path.cwd(), "write", nothing, nothing), None, config)

def pytest_sessionfinish(session):
    if session.config.pluginmanager.get_plugin("terminalreporter") is None:
        terminal.pytest_aigen_report(None, None, session.config)
"""


def test_in_a_session(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:sugar")
    pytester.makepyfile("def test(): pass")
    pytester.runpytest_inprocess().stdout.fnmatch_lines(
        ["*=== ai-gen ===*", "no test was added", "*total *100.0%*"]
    )
    quiet = pytester.runpytest_inprocess("-q").stdout
    quiet.fnmatch_lines(
        ["ai-gen: no test was added, coverage 100.0% -> 100.0%", "next: nothing is left to do"]
    )
    quiet.no_fnmatch_line("*= ai-gen =*")
    coloured = pytester.runpytest_inprocess("--color=yes").stdout.str()
    assert "no test was added" in coloured


def test_without_a_terminal(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:sugar")
    pytester.makepyfile("def test(): pass")
    assert pytester.runpytest_inprocess("-p", "no:terminal").ret == 0


@pytest.mark.parametrize("name", ["plan", "plan-model", "plan-model-unknown"])
def test_a_plan_fits_a_terminal_of_80_columns(name: str) -> None:
    report, verbosity = REPORTS[name]
    assert [line.text for line in lines(report, verbosity) if len(line.text) > 80] == []


def test_requests_are_shown_as_they_would_be_sent() -> None:
    body = b'{"messages": [{"role": "user", "content": "one\\ntwo"}]}'
    report = replace(FULL, outgoing=(Outgoing(PRICE, body, 10, 20),), estimate=None)
    first, second, *sent = shown(report, 0)
    assert first.startswith("preview: ")
    assert first.endswith("price unknown; nothing was sent")
    assert second.startswith("request 1 of 1: ")
    assert second.endswith(", 10 tokens")
    assert sent == [body.decode()] == list(shown(report, -1))
    assert list(shown(report, 1)) == [first, second, *sent, "  user:", "  | one", "  | two"]
    assert amounts(replace(report, outgoing=())) == "nothing would be sent"
