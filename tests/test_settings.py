"""Settings: the command line over pyproject over the default; each mistake is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import settings
from pytest_aigen.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "table", "field", "value"),
    [
        pytest.param({}, {}, "attempts", 3, id="default"),
        pytest.param({}, {"attempts": 5}, "attempts", 5, id="pyproject over default"),
        pytest.param({"attempts": "2"}, {"attempts": 5}, "attempts", 2, id="flag over pyproject"),
        pytest.param({"source": []}, {"source": ["a"]}, "source", ("a",), id="a flag not given"),
        pytest.param({}, {"source": "a"}, "source", ("a",), id="one instead of a list"),
        pytest.param({"checks": "gain, oracle"}, {}, "checks", ("gain", "oracle"), id="names with commas"),
        pytest.param({"allow": ["network,write=a b"]}, {}, "allow", ("network", "write=a b"), id="what is allowed"),
        pytest.param({}, {"keep-env": ["A", "B"]}, "keep_env", ("A", "B"), id="what is kept"),
        pytest.param({"report": ["json:out/a.json"]}, {}, "report", (("json", "out/a.json"),), id="report"),
        pytest.param({"report": ["json:C:\\a.json"]}, {}, "report", (("json", "C:\\a.json"),), id="a drive letter"),
        pytest.param({"report": ["github:"]}, {}, "report", (("github", ""),), id="a report without a path"),
        pytest.param({"report": ["github"]}, {}, "report", (("github", ""),), id="or a colon"),
        pytest.param({"cov_target": "80.5"}, {}, "cov_target", 80.5, id="percent"),
        pytest.param({"cov_target": "0"}, {}, "cov_target", 0.0, id="zero is given"),
        pytest.param({}, {"max-tokens": 10}, "max_tokens", 10, id="a key with a dash"),
        pytest.param({"instructions": "be brief"}, {}, "instructions", "be brief", id="words"),
        pytest.param({"price": "2.5,10"}, {}, "price", (2.5, 10.0, 2.5), id="price as text"),
        pytest.param({"price": "2.5,10,1.25"}, {}, "price", (2.5, 10.0, 1.25), id="price of cached tokens"),
        pytest.param({}, {"price": [1, 2]}, "price", (1.0, 2.0, 1.0), id="price as a list"),
        pytest.param({}, {"price": {"reply": 2, "prompt": 1}}, "price", (1.0, 2.0, 1.0), id="price as a table"),
        pytest.param({}, {"price": {"cached": 0, "reply": 2, "prompt": 1}}, "price", (1.0, 2.0, 0.0), id="a whole table"),
        pytest.param({}, {}, "comment", True, id="comments by default"),
        pytest.param({"comment": "no"}, {"comment": True}, "comment", False, id="no comments by flag"),
        pytest.param({}, {"comment": False}, "comment", False, id="a truth of TOML"),
        pytest.param({}, {"comment": "no"}, "comment", False, id="a word in TOML"),
        pytest.param({"shard": "2/3"}, {}, "shard", (2, 3), id="a shard"),
        pytest.param({"shard": "1/1"}, {}, "shard", (1, 1), id="the only shard"),
    ],
)  # fmt: skip
def test_resolved(given: dict[str, Any], table: dict[str, Any], field: str, value: object) -> None:
    assert getattr(settings.resolve(given, table), field) == value


@pytest.mark.parametrize(
    ("given", "table", "message"),
    [
        pytest.param({}, {"atempts": 1}, "unknown key 'atempts'; did you mean 'attempts'", id="misspelt key"),
        pytest.param({}, {"zzz": 1}, "unknown key 'zzz'; there are cov-target, source", id="nothing like it"),
        pytest.param({}, {"attempts": "many"}, r"\[tool.pytest-aigen\] attempts: expected a whole number", id="no number"),
        pytest.param({"attempts": "0"}, {}, "--ai-gen-attempts: expected 1 or more, got 0", id="too small"),
        pytest.param({"attempts": "0"}, {"attempts": 3}, "--ai-gen-attempts", id="the place that wins is named"),
        pytest.param({}, {"attempts": True}, "expected a whole number, got True", id="a bool is no number"),
        pytest.param({}, {"attempts": 1.5}, "expected a whole number, got 1.5", id="half a round"),
        pytest.param({"cov_target": "101"}, {}, "--cov-target: expected a number 0 or more and at most 100", id="over 100"),
        pytest.param({"cov_target": "nan"}, {}, "--cov-target: expected a number 0 or more", id="not a number at all"),
        pytest.param({"cov_target": "x"}, {}, "--cov-target: expected a number", id="text for percent"),
        pytest.param({}, {"cov-target": []}, "expected a number", id="a list for percent"),
        pytest.param({"timeout": "0"}, {}, "--ai-gen-timeout: expected a number above 0", id="no time at all"),
        pytest.param({"mode": "rewrite"}, {}, "--ai-gen-mode: expected one of write, diff, review, plan", id="mode"),
        pytest.param({"engine": "magic"}, {}, "--ai-gen-engine: expected one of auto, explore, llm", id="engine"),
        pytest.param({"allow": ["everything"]}, {}, "--ai-gen-allow: expected network, subprocess or write=PATH", id="all"),
        pytest.param({}, {"allow": ["write="]}, "allow: expected network, subprocess or write=PATH", id="nowhere"),
        pytest.param({"report": ["pdf:x"]}, {}, "--ai-gen-report: expected FORMAT:PATH", id="format"),
        pytest.param({"report": ["json"]}, {}, "--ai-gen-report: expected FORMAT:PATH", id="no path"),
        pytest.param({"report": ["github:x"]}, {}, "--ai-gen-report: expected github: without a path", id="a path too many"),
        pytest.param({}, {"source": 3}, "expected text or a list of texts", id="a number for paths"),
        pytest.param({"shard": "0/3"}, {}, "--ai-gen-shard: expected I/N with I from 1 to N, got '0/3'", id="shard zero"),
        pytest.param({"shard": "4/3"}, {}, "expected I/N with I from 1 to N, got '4/3'", id="a shard too many"),
        pytest.param({"shard": "x"}, {}, "expected I/N with I from 1 to N, got 'x'", id="no shard"),
        pytest.param({"shard": "1/"}, {}, "expected I/N", id="a shard of nothing"),
        pytest.param({"shard": "-1/3"}, {}, "expected I/N", id="less than a shard"),
        pytest.param({}, {"shard": 1}, "shard: expected text, got 1", id="a number for a shard"),
        pytest.param({}, {"model": 3}, "expected text, got 3", id="a number for text"),
        pytest.param({"instructions": "@/no/such/file"}, {}, "cannot read '/no/such/file'", id="no file"),
        pytest.param({"price": "1"}, {}, "expected PROMPT,REPLY", id="half a price"),
        pytest.param({"price": "1,2,3,4"}, {}, "expected PROMPT,REPLY", id="too many prices"),
        pytest.param({"price": "1,-2"}, {}, "--ai-gen-price: expected a number 0 or more", id="less than nothing"),
        pytest.param({}, {"price": {"prompt": 1}}, "expected PROMPT,REPLY", id="half a table"),
        pytest.param({}, {"price": {"prompt": 1, "reply": 2, "input": 3}}, "expected PROMPT,REPLY", id="another key"),
        pytest.param({"comment": "maybe"}, {}, "--ai-gen-comment: expected yes or no, got 'maybe'", id="neither yes nor no"),
        pytest.param({}, {"comment": 1}, r"\[tool.pytest-aigen\] comment: expected yes or no, got 1", id="a number for a truth"),
    ],
)  # fmt: skip
def test_refused(given: dict[str, Any], table: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settings.resolve(given, table)


def test_instructions_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "words.md"
    path.write_text("be brief", "utf-8")
    assert settings.resolve({"instructions": f"@{path}"}, {}).instructions == "be brief"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        (None, {}),
        ("[project]\nname='x'", {}),
        ("[tool.pytest-aigen]\nattempts = 2", {"attempts": 2}),
    ],
    ids=["no file", "no table", "a table"],
)
def test_pyproject(tmp_path: Path, text: str | None, table: dict[str, Any]) -> None:
    path = tmp_path / "pyproject.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    assert settings.read_pyproject(path) == table


@pytest.mark.parametrize("text", ["not toml", "[tool]\npytest-aigen = 3"], ids=["no TOML", "no table"])
def test_pyproject_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        settings.read_pyproject(path)


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        ("gpt-4o", ("openai", "gpt-4o")),
        ("openai:gpt-4o", ("openai", "gpt-4o")),
        ("other:a:b", ("other", "a:b")),
    ],
)
def test_model_names(model: str, parts: tuple[str, str]) -> None:
    assert settings.split_model(model) == parts


def test_every_option_has_a_flag_a_key_and_a_help() -> None:
    for field in settings.options():
        assert field.metadata["flag"].startswith("--")
        assert settings.key(field) == settings.key(field).lower()
        assert len(field.metadata["help"]) > 10, field.name
