"""Reports for the tests of those who show them: `FULL` has all that a run may leave, `SMALL` one of each in detail."""

from __future__ import annotations

from pathlib import Path

from pytest_aigen.data import (
    Accepted,
    Candidate,
    Contract,
    Coverage,
    Demand,
    Edit,
    Ended,
    Expected,
    FileCoverage,
    Forecast,
    Gap,
    Hurdle,
    Job,
    Left,
    Mutant,
    Obstacle,
    Outcome,
    Price,
    Proof,
    Rates,
    Reached,
    Refusal,
    Rejected,
    Report,
    Run,
    Skipped,
    Suspect,
    Target,
    Trial,
    Usage,
)

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
    unreached=(
        Left(PRICE, PRICE.gap, Obstacle(Hurdle.REFUSED, "gain: fails")),
        Left(BODY, BODY.gap, Obstacle(Hurdle.UNCALLED, "it runs when the module is imported")),
        Left(TOTAL, TOTAL.gap, Obstacle(Hurdle.FORBIDDEN, "removes files (os.remove)")),
    ),
    demand=Demand(3, 3_120, 6_000, 0.0123),
    skipped=(Skipped(Gap(CART, "Cart.__repr__", 20, 21, frozenset({21})), "only `...`"),),
    usage=Usage(7, 12_345, 1_000, 2_000, 0.0513),
    price=Price(
        Rates(2.5, 10.0, 1.25), "genai-prices 0.2.3 for openai gpt-4o", ((200_000, Rates(5.0, 15.0, 2.5)),)
    ),
    forecast=Forecast(
        "openai:gpt-4o",
        (
            Expected(TOTAL, 0, 0, 0.0, kept=True),
            Expected(PRICE, 5_321, 1_204, 0.0253),
        ),
    ),
    seconds=12.34,
    notes=("`src/cart.py` was imported before measuring began.",),
    cov_target=100.0,
)

METHOD = Target(
    Gap(SHOP, "Shop.price", 10, 30, frozenset({12, 11}), frozenset({(11, 13), (11, -9)})), "shop", TEST_SHOP
)
WHOLE_BODY = Gap(SHOP, "", 1, 40, frozenset({4}))
EDIT = Edit(TEST_SHOP, None, "code\n", ("test_price",))
ONE_LINE = Reached(frozenset({11}), frozenset({(11, 13)}))
PASSED = Run(Outcome.PASSED, {SHOP: ONE_LINE}, 0.12345)
PROVEN = Accepted(
    Trial(
        Candidate(METHOD, "test_price", "code\n", "explore"),
        EDIT,
        Job(TEST_SHOP, EDIT.tests),
        PASSED,
        {SHOP: ONE_LINE},
        proofs=(
            Proof(
                "mutation",
                "fails with 1 of 2 mutants",
                (Mutant(SHOP, 11, "ROR", ">", ">="),),
                (Mutant(SHOP, 12, "AOR", "+", "-"),),
            ),
            Proof("stable", "passes under another hash seed"),
        ),
    )
)
AGAIN = Accepted(
    Trial(
        Candidate(METHOD, "test_again", "code\n", "llm"),
        EDIT,
        Job(TEST_SHOP, EDIT.tests),
        PASSED,
        {SHOP: ONE_LINE},
    )
)
HOSTILE = Rejected(
    Candidate(METHOD, "test_\ud800", "a\x00ä", "llm", 2),
    Refusal("gain", "fails: \x1b[31m"),
    Run(Outcome.FAILED, seconds=1.0),
)


def shop_coverage(*executed: int) -> Coverage:
    branches = frozenset({(11, 13), (11, -9)})
    return Coverage(
        {SHOP: FileCoverage(SHOP, frozenset({4, 11, 12}), frozenset(executed), branches, frozenset())}
    )


SMALL = Report(
    ROOT,
    "write",
    shop_coverage(4),
    shop_coverage(4, 11),
    verdicts=(PROVEN, HOSTILE, AGAIN),
    edits=(EDIT,),
    redundant=(AGAIN.candidate,),
    suspects=(Suspect(HOSTILE, Contract("docstring", "Never less than nothing."), "0", "-1", ROOT / "suspect.py"),),
    targets=(METHOD,),
    left=(METHOD.gap, WHOLE_BODY),
    unreached=(Left(METHOD, METHOD.gap, Obstacle(Hurdle.ACCIDENT, "KeyError")),),
    demand=Demand(1, 900, 2000),
    skipped=(Skipped(WHOLE_BODY, "a guard"),),
    usage=Usage(2, 100, 10, 20, None),
    seconds=3.14159,
    ended=Ended.BUDGET,
    detail="--ai-gen-max-requests=2",
    notes=("A note.",),
    sandbox=("audit hook", "limits"),
    cov_target=90.0,
)  # fmt: skip
