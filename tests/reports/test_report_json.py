"""``--ai-gen-report=json:PATH``: the schema, and how the file is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_aigen.data import (
    Coverage,
    Edit,
    Ended,
    Outcome,
    Outgoing,
    Redaction,
    Report,
    Shortened,
    Stale,
    Why,
)
from pytest_aigen.reports import json_file
from pytest_aigen.settings import MODES
from tests.report_records import EDIT, FULL, METHOD, PROVEN, ROOT, SMALL, TEST_SHOP


def test_the_whole_document(golden: Callable[[str, str], None]) -> None:
    golden("reports/report.json", json.dumps(json_file.document(SMALL), indent=2) + "\n")


def schema() -> dict[str, Any]:
    """The schema of the package."""
    text = resources.files("pytest_aigen.reports").joinpath("report.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def strict(node: Any) -> Any:
    """The same schema, without room for keys that it does not name."""
    if isinstance(node, dict):
        inner = {key: strict(value) for key, value in node.items()}
        return (
            {"additionalProperties": False, **inner} if "properties" in inner and inner.get("type") else inner
        )
    return [strict(item) for item in node] if isinstance(node, list) else node


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["properties"]["schema_version"]["const"] == json_file.SCHEMA_VERSION == 1


OLD_TESTS = Report(
    ROOT,
    "prune",
    Coverage({}),
    Coverage({}),
    proven=(PROVEN.trial,),
    stale=(Stale(TEST_SHOP, "test_old", "shop:price", Why.GONE, "gone", "code", removed=True),),
)
PREVIEW = Report(
    ROOT,
    "preview",
    Coverage({}),
    Coverage({}),
    redacted=(Redaction("password", "src/shop.py", 2),),
    outgoing=(Outgoing(METHOD, b"{}", 10, 20),),
    shortened=(Shortened(METHOD, ("2 definitions", "existing tests")),),
    estimate=0.5,
    since="origin/main",
)
UNWRITTEN = replace(FULL, unwritten={TEST_SHOP: "it changed"}, patches={TEST_SHOP: ROOT / "a.patch"})


@pytest.mark.parametrize(
    "report",
    [FULL, SMALL, OLD_TESTS, PREVIEW, UNWRITTEN],
    ids=["full", "small", "prune", "preview", "unwritten"],
)
def test_the_schema_names_every_key(report: Report) -> None:
    """Where this fails: change report.schema.json, then cog -r docs/reference/json-report.md"""
    document = json.loads(json.dumps(json_file.document(report)))
    jsonschema.Draft202012Validator(strict(schema())).validate(document)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"schema_version": 2}, id="another version"),
        pytest.param({"mode": "rewrite"}, id="a mode that is none"),
        pytest.param({"seconds": "3"}, id="text for a number"),
        pytest.param({"extra": 1}, id="a key that it does not name"),
        pytest.param({"targets": [{"target": "a.py"}]}, id="a record without its keys"),
    ],
)
def test_the_schema_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(strict(schema())).validate({**json_file.document(SMALL), **wrong})


def test_a_reader_may_meet_keys_that_it_does_not_know() -> None:
    jsonschema.Draft202012Validator(schema()).validate({**json_file.document(SMALL), "later": 1})


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (("properties", "mode"), MODES),
        (("properties", "ended"), [ended.name.lower() for ended in Ended]),
        (("properties", "stale", "items", "properties", "why"), [why.name.lower() for why in Why]),
        (("$defs", "verdict", "properties", "outcome"), [outcome.name.lower() for outcome in Outcome]),
    ],
    ids=["mode", "ended", "why", "outcome"],
)
def test_the_schema_names_every_value(path: Sequence[str], values: Sequence[str]) -> None:
    found = schema()
    for key in path:
        found = found[key]
    assert sorted(found["enum"]) == sorted(values)


def test_every_key_is_explained() -> None:
    """But those whose name and type say all."""
    plain = {
        "accepted",
        "written",
        "requests",
        "prompt_tokens",
        "reply_tokens",
        "before",
        "after",
        "mutants",
        "coverage",
    }

    def unexplained(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            for key, given in node.get("properties", {}).items():
                target = schema()["$defs"][given["$ref"].rpartition("/")[2]] if "$ref" in given else given
                if not (given.get("description") or target.get("description")):
                    yield key
            for inner in node.values():
                yield from unexplained(inner)

    assert sorted(set(unexplained(schema())) - plain) == []


def test_a_path_outside_the_root() -> None:
    edit = Edit(Path("/elsewhere/test_x.py"), "", "x\n", ())
    [given] = json_file.document(Report(ROOT, "diff", Coverage({}), Coverage({}), edits=(edit,)))["edits"]
    assert given == {"path": "../elsewhere/test_x.py", "new": False, "tests": [], "written": False}


def test_an_unwritten_edit_says_so() -> None:
    report = Report(
        ROOT,
        "write",
        Coverage({}),
        Coverage({}),
        edits=(EDIT,),
        unwritten={TEST_SHOP: "it changed"},
        patches={TEST_SHOP: ROOT / ".pytest_aigen/unwritten/a.patch"},
    )
    document = json_file.document(report)
    assert document["edits"][0]["written"] is False
    assert document["unwritten"] == {"tests/test_shop.py": "it changed"}
    assert document["patches"] == {"tests/test_shop.py": ".pytest_aigen/unwritten/a.patch"}


def test_old_tests_that_were_proven_again_and_stale_ones() -> None:
    stale = Stale(
        TEST_SHOP, "test_old", "shop:price", Why.GONE, "there is no price in shop", "code", removed=True
    )
    report = Report(ROOT, "prune", Coverage({}), Coverage({}), proven=(PROVEN.trial,), stale=(stale,))
    document = json_file.document(report)
    (proven,) = document["proven"]
    assert proven["test"] == "test_price"
    assert proven["test_path"] == "tests/test_shop.py"
    assert [len(mutants) for mutants in proven["mutants"].values()] == [1, 1]
    assert document["stale"] == [
        {
            "test": "test_old",
            "test_path": "tests/test_shop.py",
            "target": "shop:price",
            "why": "gone",
            "reason": "there is no price in shop",
            "removed": True,
            "hindered": "",
        }
    ]


PLUGIN = """
from pathlib import Path
from pytest_aigen.data import Coverage, Report
from pytest_aigen.reports import json_file
from tests.report_records import EDIT, PROVEN, ROOT, SMALL, TEST_SHOP
from pytest_aigen.settings import Settings

def pytest_sessionfinish(session):
    report = Report(Path.cwd(), "write", Coverage({}), Coverage({}))
    Path("file").write_text("")
    settings = Settings(report=(("json", "out/report.json"), ("json", "file/report.json"), ("html", "x.html")))
    json_file.pytest_aigen_report(report, settings, session.config)
"""


@pytest.mark.parametrize("args", [[], ["-p", "no:terminal"]], ids=["terminal", "no terminal"])
def test_in_a_session(pytester: pytest.Pytester, args: list[str]) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:sugar")
    pytester.makepyfile("def test(): pass")
    result = pytester.runpytest_inprocess(*args)
    assert result.ret == 0
    assert json.loads((pytester.path / "out/report.json").read_text("utf-8"))["schema_version"] == 1
    output = result.stderr if args else result.stdout
    output.fnmatch_lines(["*ai-gen: the report file/report.json could not be written: *"])
