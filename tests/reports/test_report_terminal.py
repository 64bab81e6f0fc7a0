"""The section at the end of pytest's output, word for word in tests/golden/reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import (
    Accepted,
    Candidate,
    Contract,
    Coverage,
    Edit,
    Ended,
    FileCoverage,
    Gap,
    Job,
    Mutant,
    Outcome,
    Proof,
    Reached,
    Refusal,
    Rejected,
    Report,
    Run,
    Skipped,
    Stale,
    Suspect,
    Target,
    Trial,
    Usage,
    Why,
)
from pytest_aigen.reports.terminal import lines
from pytest_aigen.reports.words import amount, count, percent, plain

ROOT = Path("/project")
SHOP, CART = ROOT / "src/shop.py", ROOT / "src/cart.py"
TEST_SHOP, TEST_CART = ROOT / "tests/test_shop.py", ROOT / "tests/test_cart.py"
PRICE = Target(Gap(SHOP, "price", 10, 30, frozenset({11, 12, 13}), frozenset({(11, 13)})), "shop", TEST_SHOP)
BODY = Target(Gap(SHOP, "", 1, 40, frozenset({4})), "shop", TEST_SHOP)
TOTAL = Target(Gap(CART, "Cart.total", 5, 9, frozenset({6, 7})), "cart", TEST_CART)


def accepted(target: Target, name: str, reached: Reached, *proofs: Proof) -> Accepted:
    path = target.test_path
    edit = Edit(path, None if path == TEST_CART else "", "code\n", (name,))
    source = target.gap.path
    run = Run(Outcome.PASSED, {source: reached}, 0.1)
    return Accepted(
        Trial(
            Candidate(target, name, "code\n", "llm"),
            edit,
            Job(path, (name,)),
            run,
            {source: reached},
            proofs=proofs,
        )
    )


def rejected(target: Target, name: str, check: str, reason: str) -> Rejected:
    return Rejected(Candidate(target, name, "code\n", "llm"), Refusal(check, reason))


def coverage(shop: set[int], cart: set[int]) -> Coverage:
    return Coverage(
        {
            SHOP: FileCoverage(SHOP, frozenset(range(1, 21)), frozenset(shop), frozenset({(1, 2), (1, 3)})),
            CART: FileCoverage(CART, frozenset(range(1, 9)), frozenset(cart)),
        }
    )


MUTANTS = tuple(Mutant(SHOP, line, "ROR", ">", ">=") for line in (11, 12, 13))
FIRST = accepted(PRICE, "test_price_of_nothing", Reached(frozenset({11, 12}), frozenset({(11, 13)})))
SECOND = accepted(
    PRICE, "TestPrice::test_x", Reached(frozenset({13})), Proof("mutation", "", MUTANTS[:2], MUTANTS[2:])
)
THIRD = accepted(TOTAL, "test_total", Reached(frozenset({6})), Proof("mutation", "", MUTANTS[:1]))
SAYS = replace(
    THIRD, trial=replace(THIRD.trial, proofs=(Proof("origin", "characterisation: says what the code does"),))
)
SAME = accepted(PRICE, "test_price_again", Reached(frozenset({12})))
BUG = rejected(PRICE, "test_price_is_positive", "gain", "fails: assert -1 > 0")
FULL = Report(
    root=ROOT,
    mode="write",
    before=coverage({1, 2, 3}, {1, 2}),
    after=coverage(set(range(1, 20)), set(range(1, 9))),
    verdicts=(
        FIRST,
        rejected(
            PRICE, "test_a", "gain", "fails: \n\n  AssertionError: assert 3 == 4\n  +  where 3 = price()"
        ),
        SECOND,
        rejected(PRICE, "test_b", "policy", "may hide itself with `pytest.skip`"),
        rejected(BODY, "", "policy", "the reply holds no test function"),
        THIRD,
        SAME,
        rejected(TOTAL, "test_c", "gain", "runs into the time limit of 10 seconds"),
        rejected(TOTAL, "test_d", "gain", "fails: " + "x" * 200),
        BUG,
    ),
    edits=(Edit(TEST_SHOP, "", "code\n", ("test_price_of_nothing", "TestPrice::test_x")), THIRD.trial.edit),
    redundant=(SAME.candidate,),
    suspects=(
        Suspect(
            BUG,
            Contract("docstring", "Never less than nothing."),
            "> 0",
            "-1",
            ROOT / ".pytest_aigen/suspects/suspect_shop_price_test_price_is_positive.py",
            "price(0)",
        ),
    ),
    targets=(PRICE, TOTAL, BODY),
    left=(PRICE.gap, BODY.gap, TOTAL.gap),
    skipped=(Skipped(Gap(CART, "Cart.__repr__", 20, 21, frozenset({21})), "only `...`"),),
    usage=Usage(7, 12_345, 1_000, 2_000, 0.0513),
    seconds=12.34,
    notes=("`src/cart.py` was imported before measuring began.",),
    cov_target=100.0,
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
    golden(f"reports/terminal-{name}.txt", "".join(f"{line.text}\n" for line in lines(report, verbosity)))


@pytest.mark.parametrize("name", [name for name in REPORTS if name.endswith("-quiet")])
def test_quiet_is_two_lines(name: str) -> None:
    assert len(lines(*REPORTS[name])) == 2


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
