"""``--ai-gen-report=html:PATH``: what the page says, and that nothing in a report can be more than text in it."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pytest_aigen
from pytest_aigen import texts
from pytest_aigen.data import (
    Contract,
    Coverage,
    Edit,
    Ended,
    FileCoverage,
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
    Why,
)
from pytest_aigen.reports import annotated, html
from pytest_aigen.reports.annotated import Elided, Row
from pytest_aigen.reports.page import difference
from tests.report_records import (
    FULL,
    METHOD,
    PRICE,
    PROVEN,
    ROOT,
    SHOP,
    SMALL,
    TEST_SHOP,
)

SOURCE = "".join(f"line_{number} = {number}\n" for number in range(1, 41))


def read(path: Path) -> str:
    return SOURCE


#: Tags that hold nothing.
VOID = {"meta", "link", "input", "br", "rect"}


class Parsed(HTMLParser):
    """A page, taken apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        #: Tags that open, with the names of their attributes.
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, *names: str) -> list[str]:
        return [value for name, value in self.attributes if name in names]


def without_assets(page: str) -> str:
    """The page without its style and script, which are files of their own, and without their hashes."""
    page = re.sub(r"(<style>).*(</style>)", r"\1...\2", page, flags=re.DOTALL)
    page = re.sub(r"(<script>).*(</script>)", r"\1...\2", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[\w+/=]+", "sha256-...", page)
    return page.replace(pytest_aigen.__version__, "VERSION")


PAGES = {
    "small": SMALL,
    "full": FULL,
    "nothing": Report(ROOT, "write", Coverage({}), Coverage({})),
    "plan": replace(FULL, mode="plan", verdicts=(), suspects=(), redundant=(), edits=()),
    "diff": replace(FULL, mode="diff"),
    "unwritten": replace(FULL, unwritten={TEST_SHOP: "it changed"}, patches={TEST_SHOP: ROOT / "a.patch"}),
    "fault": replace(SMALL, ended=Ended.FAULT, detail="the server refuses the key"),
    "a mode of its own": replace(SMALL, mode="check", verdicts=(), suspects=()),
}


def test_the_page(golden: Callable[[str, str], None]) -> None:
    """Of a report that has one of each."""
    golden("reports/report.html", without_assets(html.render(SMALL, read)))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(name: str) -> None:
    """Each tag is closed, each id is there once, and what is pointed at is there. Nothing comes from elsewhere."""
    page = Parsed(html.render(PAGES[name], read))
    assert page.open == []
    ids = Counter(page.values("id"))
    assert [name for name, times in ids.items() if times > 1] == []
    wanted = {value.removeprefix("#") for value in page.values("href") if value.startswith("#")}
    wanted.update(page.values("popovertarget", "for"))
    wanted.update(name for value in page.values("aria-labelledby") for name in value.split())
    assert sorted(wanted - ids.keys()) == []
    assert [v for v in page.values("src", "href", "action") if not v.startswith(("#", "data:"))] == []
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_what_is_bad_comes_first() -> None:
    page = Parsed(html.render(PAGES["unwritten"], read))
    order = ["unwritten", "suspects", "overview", "files", "tests", "accepted", "refused", "left"]
    assert [name for name in page.values("id") if name in order] == order


def test_a_suspect_says_what_to_look_at() -> None:
    text = Parsed(html.render(SMALL, read)).text
    for words in (
        "The docstring says",
        "Never less than nothing.",
        "pytest suspect.py",
        "Expected",
        "Actual",
    ):
        assert words in text


def test_what_is_left_says_why() -> None:
    text = " ".join(Parsed(html.render(SMALL, read)).text.split())
    assert (
        "src/shop.py::Shop.price 2 lines, 2 branches: the calls that get there end in an error that the code does"
        " not raise on purpose (KeyError)" in text
    )
    assert "A model would be asked for what is left: 1 first request, 900 prompt tokens" in text


def test_what_was_proven_again_and_what_is_stale() -> None:
    stale = Stale(
        TEST_SHOP, "test_old", "shop:gone", Why.GONE, "there is no gone", "def test_old(): ...", removed=True
    )
    kept = replace(stale, test="test_kept", removed=False, hindered="its neighbour needs it")
    report = replace(
        SMALL, mode="prune", verdicts=(), suspects=(), proven=(PROVEN.trial,), stale=(stale, kept)
    )
    page = Parsed(html.render(report, read))
    text = " ".join(page.text.split())
    assert "tests/test_shop.py::test_old removed its target is gone: there is no gone" in text
    assert "its neighbour needs it" in text
    assert "Provenagain1testof3" in text.replace(" ", "")
    assert "test_price" in text.partition("Proven again")[2]


def test_a_characterisation_is_called_one() -> None:
    """In the list, before it is opened."""
    proofs = (Proof("origin", "characterisation: says what the code does"),)
    said = replace(PROVEN, trial=replace(PROVEN.trial, proofs=proofs))
    pages = [html.render(replace(SMALL, verdicts=(verdict,)), read) for verdict in (PROVEN, said)]
    assert ['<span class="badge ">characterisation</span>' in page for page in pages] == [False, True]


def test_only_its_own_script_and_style_may_run() -> None:
    page = html.render(SMALL, read)
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    for tag in ("style", "script"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy.replace("&#39;", "'")
        assert "</" not in text
        assert "<!--" not in text
    assert "default-src 'none'" in policy


# --------------------------------------------------------------------------------------------------- hostile

HOSTILE = {
    "end of a script": "</script><script>alert(1)</script>",
    "end of a style": "</style><b>",
    "end of what it stands in": "</code></pre></details></main>",
    "comment": "<!-- a",
    "quotes": "\"' onmouseover=alert(1) x=`",
    "picture": "<img src=x onerror=alert(1)>",
    "entities": "&lt;b&gt; &amp; &#0; &",
    "template": "{{ 7 * 7 }} {% raw %} {# a #}",
    "lone surrogate": "a\ud800b",
    "pair of surrogates": "\ud83d\ude00",
    "nul": "a\x00b",
    "ansi": "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "bidi": "a\u202eb\u2066c\u200f",
    "zero width": "a\u200bb\ufeffc",
    "separators": "a\u2028b\u2029c\x85d\x0ce",
    "carriage return": "a\rb\r\nc",
    "very long line": "x" * 100_000,
    "very many lines": "x\n" * 50_000,
    "other scripts": "价格 ä 😀 عربى",
    "not characters": "\ufffe\U0010ffff",
}  # fmt: skip


def holding(text: str) -> Report:
    """A report that has the text wherever text can be."""
    run = Run(Outcome.FAILED, seconds=0.1, detail=text, output=text)
    target = replace(
        METHOD, gap=replace(METHOD.gap, qualname=text, path=SHOP), test_path=ROOT / "tests" / "x.py"
    )
    candidate = replace(PROVEN.candidate, name=text, code=text, origin=text, target=target)
    bad = Rejected(candidate, Refusal(text, text), run)
    suspect = Rejected(replace(candidate), Refusal(text, text), run)
    trial = PROVEN.trial
    mutant = replace(trial.killed[0], before=text, after=text, operator=text)
    edit = Edit(TEST_SHOP, "a\n", f"a\n{text}\n", (text,))
    good = replace(PROVEN, trial=replace(
        trial, candidate=replace(candidate), edit=edit, job=replace(trial.job, tests=(text,)),
        proofs=(Proof(text, text, (mutant,), (mutant,)),)))  # fmt: skip
    again = replace(good, trial=replace(good.trial, candidate=replace(candidate)))
    return replace(
        SMALL,
        root=Path(f"/project/{text}".replace("\x00", "")),
        before=replace(SMALL.before, contexts={SHOP: {text: frozenset({4})}}),
        verdicts=(good, again, bad, suspect),
        suspects=(Suspect(suspect, Contract("docstring", text), text, text, ROOT / "suspect.py"),),
        redundant=(again.candidate,),
        edits=(edit,),
        unwritten={TEST_SHOP: text},
        targets=(target,),
        left=(target.gap,),
        skipped=(Skipped(replace(target.gap), text),),
        detail=text,
        notes=(text,),
    )


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_hostile_text_is_text(text: str) -> None:
    """The page has the same tags with the same attributes as one that holds a harmless word."""
    rows = len(text.replace("\r\n", "\n").split("\n"))
    harmless = "\n".join(["word"] * rows)
    page = html.render(holding(text), lambda path: f"x = 1\n{text}\n" * 2)
    data = page.encode()
    seen = Parsed(data.decode())
    assert seen.open == []
    plain = Parsed(html.render(holding(harmless), lambda path: f"x = 1\n{text}\n" * 2))
    assert Counter(seen.tags) == Counter(plain.tags)
    hidden = {
        c for c in page if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }
    assert hidden == set()
    assert len(data) < 3_000_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("ä价😀\u3000\xa0", "ä价😀\u3000\xa0"),
        ("\x1b[1m", "\\x1b[1m"),
        ("\x00\r", "\\x00\\r"),
        ("\x85\xad", "\\x85\\xad"),
        ("a\r\nb", "a\nb"),
        ("\u202e\u2028\ud800", "\\u202e\\u2028\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_every_character_is_to_be_seen(text: str, shown: str) -> None:
    assert html.visible(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert html.clipped("x" * 1_500) == "x" * 1_000 + " ... 500 more characters"
    cut = html.clipped("first\n" + "a row\n" * 10_000 + "last")
    assert cut.startswith("first\n")
    assert cut.endswith("last")
    assert "characters are left out here" in cut
    assert len(cut) < 21_000
    assert html.clipped("\n  short\n") == "  short"


# --------------------------------------------------------------------------------------------------- sources


def states(report: Report, text: str = SOURCE) -> dict[int, str]:
    [shop] = [f for f in annotated.files(report, {}, lambda path: text) if f.path == SHOP]
    return {row.number: row.state for row in shop.rows if isinstance(row, Row) and row.state}


def file(executed: set[int], taken: set[tuple[int, int]]) -> Coverage:
    branches = frozenset({(3, 4), (3, 5)})
    return Coverage(
        {SHOP: FileCoverage(SHOP, frozenset(range(1, 7)), frozenset(executed), branches, frozenset(taken))}
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "state"),
    [
        pytest.param(file({1}, set()), file({1, 2}, set()), 1, "before", id="reached before"),
        pytest.param(file({1}, set()), file({1, 2}, set()), 2, "new", id="reached by a new test"),
        pytest.param(file({1}, set()), file({1, 2}, set()), 3, "left", id="nothing reaches it"),
        pytest.param(file({1}, set()), file({1, 2}, set()), 6, "skipped", id="nothing is to reach it"),
        pytest.param(file({1}, set()), file({1, 3, 4}, {(3, 4)}), 3, "partial", id="one way of two"),
        pytest.param(file({3, 4}, {(3, 4)}), file({3, 4, 5}, {(3, 4), (3, 5)}), 3, "new", id="the other way is new"),
        pytest.param(file({3, 4, 5}, {(3, 4), (3, 5)}), file({3, 4, 5, 6}, {(3, 4), (3, 5)}), 3, "before", id="both ways before"),
        pytest.param(file({1}, set()), file({1, 2}, set()), 7, None, id="no statement"),
    ],
)  # fmt: skip
def test_what_became_of_a_line(before: Coverage, after: Coverage, line: int, state: str | None) -> None:
    skipped = (Skipped(replace(PRICE.gap, lines=frozenset({6})), "a guard"),)
    report = Report(ROOT, "write", before, after, skipped=skipped)
    assert states(report).get(line) == state


def test_the_tests_that_reach_a_line() -> None:
    """New ones by link; of those that were there some names and the number."""
    earlier = {f"tests/test_a.py::test_{number}": frozenset({1, 2}) for number in range(30)}
    report = replace(FULL, before=replace(FULL.before, contexts={SHOP: {**earlier, "": frozenset({5})}}))
    kept = {7: {SHOP: Reached(frozenset({2, 11}))}, 9: {SHOP: Reached(frozenset({11}))}}
    [shop] = [f for f in annotated.files(report, kept, read) if f.path == SHOP]
    rows = {row.number: row for row in shop.rows if isinstance(row, Row)}
    said = {
        line: (row.group.accepted, len(row.group.earlier), row.group.earlier_count)
        for line, row in rows.items()
        if row.group is not None
    }
    assert said == {1: ((), 10, 30), 2: ((7,), 10, 30), 11: ((7, 9), 0, 0)}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (FileNotFoundError(2, "No such file"), "The file is no longer there."),
        (PermissionError(13, "Permission denied"), "Its text cannot be read: Permission denied."),
    ],
    ids=["missing", "not allowed"],
)
def test_a_source_that_cannot_be_read(fault: OSError, words: str) -> None:
    def broken(path: Path) -> str:
        raise fault

    assert words in Parsed(html.render(FULL, broken)).text


def test_a_source_that_is_no_text() -> None:
    page = html.render(FULL, lambda path: texts.decode(b"\xff\xfe\x00", path.name))
    assert "Its text cannot be read: the encoding of shop.py cannot be told" in Parsed(page).text


def test_a_source_that_changed_says_so() -> None:
    assert "It has changed since it was measured." in Parsed(html.render(FULL, lambda path: "x = 1\n")).text


def test_of_very_much_source_only_what_matters_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    many = annotated.WHOLE + 100
    whole = frozenset(range(1, many))
    before = Coverage({SHOP: FileCoverage(SHOP, whole, whole - {500, 900})})
    after = Coverage({SHOP: FileCoverage(SHOP, whole, whole - {500})})
    [shop] = annotated.files(Report(ROOT, "write", before, after), {}, lambda path: "x\n" * many)
    assert [row.count if isinstance(row, Elided) else row.number for row in shop.rows] == [
        496, *range(497, 504), 393, *range(897, 904), many - 903,
    ]  # fmt: skip


# ----------------------------------------------------------------------------------------------------- diffs


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param(None, "a\nb\n", ["+a", "+b"], id="a new module"),
        pytest.param("a\n", "a\nb\n", [" a", "+b"], id="at the end"),
        pytest.param("b\n", "a\nb\n", ["+a", " b"], id="at the beginning"),
        pytest.param("a\nb\n", "a\nx\nb\n", [" a", "+x", " b"], id="in between"),
        pytest.param("import a\n", "import a, b\n", ["-import a", "+import a, b"], id="a line that changes"),
        pytest.param(
            "1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n", [" 3", " 4", " 5", "+6"], id="three lines around"
        ),
        pytest.param("a\n", "a\n", [], id="nothing"),
    ],
)
def test_difference(before: str | None, after: str, shown: list[str]) -> None:
    assert list(difference(Edit(TEST_SHOP, before, after, ()))) == shown


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=30).map("".join)


@given(LINES, LINES, LINES)
def test_a_difference_tells_all(head: str, middle: str, tail: str) -> None:
    """The lines that it adds less those that it takes away are those that were put in."""
    rows = list(difference(Edit(TEST_SHOP, head + tail, head + middle + tail, ())))
    added = Counter(row[1:] for row in rows if row.startswith("+"))
    added.subtract(row[1:] for row in rows if row.startswith("-"))
    assert +added == Counter(middle.splitlines())
    assert -added == Counter()


def test_a_module_of_thousands_of_tests_is_compared_in_no_time() -> None:
    """Not line by line with all that it holds."""
    before = "".join(f"def test_{number}():\n    assert f({number}) == 1\n\n" for number in range(20_000))
    rows = list(difference(Edit(TEST_SHOP, before, before + "def test_x():\n    pass\n", ())))
    assert rows[-2:] == ["+def test_x():", "+    pass"]
    assert len(rows) == 5
    wide = list(difference(Edit(TEST_SHOP, before, f"import a\n{before}x = 1\n", ())))
    assert wide == []


# ------------------------------------------------------------------------------------------------ in a session

PLUGIN = """
from pathlib import Path
from pytest_aigen.data import Coverage, Report
from pytest_aigen.reports import html
from pytest_aigen.settings import Settings

def pytest_sessionfinish(session):
    report = Report(Path.cwd(), "write", Coverage({}), Coverage({}))
    settings = Settings(report=(("html", "out/report.html"), ("json", "x.json")))
    html.pytest_aigen_report(report, settings, session.config)
"""


def test_in_a_session(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:sugar")
    pytester.makepyfile("def test(): pass")
    assert pytester.runpytest_inprocess().ret == 0
    page = (pytester.path / "out/report.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert not (pytester.path / "x.json").exists()
