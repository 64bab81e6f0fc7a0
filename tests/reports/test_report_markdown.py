"""``--ai-gen-report=markdown:PATH``: what a reader of a pull request sees, and what a hostile name cannot do to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pytest_aigen.data import Coverage, Edit, Ended, Report, Stale, Why
from pytest_aigen.reports import markdown
from tests.report_records import FULL, PRICE, PROVEN, ROOT, SMALL, TEST_SHOP, rejected


def test_the_whole_comment(golden: Callable[[str, str], None]) -> None:
    golden("reports/comment.md", markdown.text(FULL))


def test_a_proposal(golden: Callable[[str, str], None]) -> None:
    """Of the mode diff, for the lines of a branch; its patch holds a fence."""
    edit = Edit(
        TEST_SHOP, "import a\n", 'import a\n\n\ndef test_x():\n    """\n    ```\n    """\n', ("test_x",)
    )
    report = replace(
        SMALL, mode="diff", since="origin/main", edits=(edit,), suspects=(), ended=Ended.COMPLETE, detail=""
    )
    golden("reports/comment-with-patch.md", markdown.text(report))


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (replace(SMALL, mode="plan"), "### pytest-aigen: 1 suspected bug, 1 gap to cover"),
        (Report(ROOT, "write", Coverage({}), Coverage({})), "### pytest-aigen: no test was found to add"),
        (replace(SMALL, unwritten={TEST_SHOP: "it changed"}), "**Not written**\n\n- `tests/test_shop.py`: `it changed`"),
        (Report(ROOT, "check", Coverage({}), Coverage({}), proven=(PROVEN.trial,)), "### pytest-aigen: 1 generated test proven again\n"),
        (
            Report(ROOT, "check", Coverage({}), Coverage({}), stale=(Stale(TEST_SHOP, "test_old", "shop:price", Why.GONE, "no price"),)),
            "**1 stale test**\n\n- `tests/test_shop.py` `test_old`: its target is gone: `no price`",
        ),
    ],
    ids=["plan", "nothing", "unwritten", "proven", "stale"],
)  # fmt: skip
def test_other_outcomes(report: Report, words: str) -> None:
    assert words in markdown.text(report)


def test_the_first_line_is_the_mark() -> None:
    assert markdown.text(FULL).split("\n")[0] == markdown.MARK == "<!-- pytest-aigen -->"


# ------------------------------------------------------------------------------------------------- safety

HOSTILE = [
    "@everyone",
    "<script>alert(1)</script>",
    "</details>",
    "![x](https://example.invalid/x.png)",
    "[x](https://example.invalid)",
    "#1",
    "https://example.invalid",
    "`",
    "``` x",
    "a `b` ``c``",
    "`a`",
    "\\`@x\\`",
    "| a | b |",
    "\n\n# heading",
    "<!-- pytest-aigen -->",
    "--> x",
    "&lt;b&gt;",
    "*a* _b_ ~~c~~",
    "\x1b[31m\u202e\ud800",
]


def _tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text.encode("utf-8", "replace").decode()):
        yield token
        yield from token.children or ()


def _markup(text: str) -> list[str]:
    """Everything in it that is not code."""
    return [
        f"{token.type} {token.content}"
        for token in _tokens(text)
        if token.type not in ("code_inline", "fence", "inline")
    ]


def _with(name: str) -> Report:
    """A report that says a text wherever a project can say something."""
    refused = rejected(PRICE, name, name, name)
    suspect = replace(SMALL.suspects[0], rejected=refused, call=name, expected=name, actual=name)
    edit = Edit(TEST_SHOP, None, f'def test_x():\n    """{name}"""\n', ("test_x",))
    return replace(
        SMALL, mode="diff", verdicts=(PROVEN, refused, rejected(PRICE, name, name, name)), suspects=(suspect,), since=name,
        detail=name, notes=(name,), edits=(edit,), unwritten={ROOT / f"x{name}".replace("\0", ""): name},
    )  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_code_and_nothing_else(name: str) -> None:
    made = markdown.text(_with(name))
    assert _markup(made) == _markup(markdown.text(_with("x")))


@given(st.text(min_size=1, max_size=40))
def test_any_text_in_a_code_span_is_that_text(words: str) -> None:
    span = markdown.code(f"x{words}")
    [inline] = [token for token in MarkdownIt().parse(f"- {span}: y") if token.type == "inline"]
    assert inline.children
    first, last = inline.children
    assert (first.type, last.content) == ("code_inline", ": y")


@pytest.mark.parametrize("number", [10, 300, 5000])
def test_never_longer_than_github_takes(number: int) -> None:
    many = tuple(rejected(PRICE, f"test_{'é' * 300}_{n}", "gain", "why " * 300) for n in range(number))
    edit = Edit(TEST_SHOP, None, "x = '" + "ü" * 20 * number + "'\n", ("test_x",))
    made = markdown.text(
        replace(FULL, mode="diff", verdicts=many, notes=("note " * 100,) * number, edits=(edit,))
    )
    assert len(made.encode()) <= markdown.LIMIT
    assert made.count("<details>") == made.count("</details>")
    assert ("The patch" in made) == (number < 1000)
    assert "1 suspected bug" in made


def test_little_room() -> None:
    made = markdown.text(_with("test_" + "x" * 500), limit=1500)
    assert len(made.encode()) <= 1500
    assert made.startswith(markdown.MARK)


def test_secrets_are_taken_out(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "correct-horse-battery-9")
    pytester.makeconftest(
        """
        from dataclasses import replace
        from pytest_aigen.reports import markdown
        from pytest_aigen.settings import Settings
        from tests.report_records import SMALL

        def pytest_sessionfinish(session):
            report = replace(SMALL, notes=("it is correct-horse-battery-9",))
            markdown.pytest_aigen_report(report, Settings(report=(("markdown", "out/a.md"),)), session.config)
        """
    )
    pytester.makepyfile("def test(): pass")
    assert pytester.runpytest_inprocess("-p", "no:sugar", "-p", "no:asyncio").ret == 0
    made = Path(pytester.path, "out/a.md").read_text("utf-8")
    assert "- `it is " in made
    assert "correct-horse" not in made
