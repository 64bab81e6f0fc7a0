"""What a run with a model costs: said before, capped while it goes on, and reported after."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.chat_server import Say
from tests.plugin.conftest import CLAMP, LABEL, Project, by_target, model

#: 900 of 1,000 prompt tokens were in the provider's cache.
CACHED = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 900}}
ANSWERS = {"clamp": [Say(CLAMP, usage=CACHED)], "label": [Say(LABEL, usage=CACHED)]}


def test_cached_tokens_are_priced_as_such(project: Project) -> None:
    project.write("pyproject.toml", "[tool.pytest-aigen]\nprice = {prompt = 10, reply = 20, cached = 1}\n")
    with model(by_target(ANSWERS)) as (server, options):
        report = project.report(*options)
    assert len(server.asked) == 2
    assert report["usage"]["cached_tokens"] == 1800
    assert report["usage"]["cost"] == pytest.approx(2 * (100 * 10 + 900 * 1 + 100 * 20) / 1e6)
    assert report["price"] == {
        "prompt": 10, "reply": 20, "cached": 1, "source": "--ai-gen-price", "above": [],
    }  # fmt: skip
    project.result.stdout.fnmatch_lines(
        ["2 requests, 2,200 tokens (1,800 of them cached), $0.0078 (price: --ai-gen-price)"]
    )


def test_a_plugin_says_what_a_model_costs_and_the_setting_wins(project: Project) -> None:
    project.write(
        "conftest.py",
        """\
        from pytest_aigen import Price, Rates

        def pytest_aigen_price(provider, model):
            return Price(Rates(1000.0, 1000.0, 1000.0), f"the contract for {provider} {model}")
        """,
    )
    with model(by_target(ANSWERS)) as (server, options):
        capped = project.report(*options, "--ai-gen-max-cost=0.5")
        assert server.asked == [], "one request may cost more than that"
        assert (capped["ended"], capped["price"]["source"]) == ("budget", "the contract for openai fake")
        assert "--ai-gen-max-cost=0.5" in capped["detail"]
        free = project.report(*options, "--ai-gen-max-cost=0.5", "--ai-gen-price=0,0")
    assert (free["usage"]["requests"], free["usage"]["cost"]) == (2, 0)


# ------------------------------------------------------------------------------------------------ the plan

PLAN = ("--ai-gen-mode=plan", "--ai-gen-attempts=1")


def kept(report: dict[str, Any]) -> dict[str, bool]:
    """Whether the first reply for a target is kept, by the target's name."""
    return {one["target"].rpartition("::")[2]: one["kept"] for one in report["forecast"]["targets"]}


def test_a_plan_says_what_is_expected_without_a_key_or_a_call(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    options = ("--ai-gen-engine=llm", "--ai-gen-model=gpt-4o")
    before = project.files()
    report = project.report(*options, *PLAN, "--ai-gen-price=1000,2000")
    assert project.files() == before
    forecast = report["forecast"]
    assert forecast["model"] == "openai:gpt-4o"
    assert [one["target"] for one in forecast["targets"]] == [one["target"] for one in report["targets"]]
    assert forecast["cost"] == pytest.approx(sum(one["cost"] for one in forecast["targets"]))
    cost = (1000 * forecast["prompt_tokens"] + 2000 * forecast["reply_tokens"]) / 1e6
    assert forecast["cost"] == pytest.approx(cost)
    amounts = (
        f"{forecast['prompt_tokens']:,} prompt + {forecast['reply_tokens']:,} reply tokens, ${cost:,.2f}"
    )
    project.result.stdout.fnmatch_lines(
        [
            "plan: *",
            "openai:gpt-4o would be asked about *",
            f"  expected: {amounts}",
            "  price: --ai-gen-price",
        ]
    )
    asked = project.report(*options, "--ai-gen-mode=preview")["outgoing"]
    prompts = {one["target"]: one["prompt_tokens"] for one in forecast["targets"]}
    assert prompts == {one["target"]: one["tokens"] for one in asked}, "those of the real prompts"


def test_an_unknown_price_is_said_and_never_nothing(project: Project) -> None:
    report = project.report("--ai-gen-model=fake", "--ai-gen-base-url=http://127.0.0.1:9/v1", *PLAN)
    assert report["forecast"]["cost"] is None
    assert report["price"] is None
    project.result.stdout.fnmatch_lines(
        ["  expected: *price unknown", "note: the offline engine comes first*"]
    )


@pytest.mark.parametrize(
    "options", [["--ai-gen-engine=explore", "--ai-gen-model=gpt-4o"], []], ids=["another engine", "no model"]
)
def test_where_no_model_is_asked_there_is_no_forecast(project: Project, options: list[str]) -> None:
    assert project.report("--ai-gen-mode=plan", *options)["forecast"] is None
    assert "expected" not in project.result.stdout.str()


def test_what_the_cache_holds_costs_nothing(project: Project) -> None:
    with model(by_target(ANSWERS)) as (server, options):
        diff = (*options, "--ai-gen-mode=diff", "--ai-gen-target=shop/__init__.py::label")
        project.report(*diff)
        asked = len(server.asked)
        plan = project.report(*options, *PLAN)
        assert kept(plan)["label"] is True
        assert kept(plan)["clamp"] is False
        assert plan["targets"][0]["target"] == "shop/__init__.py::label", "what costs nothing comes first"
        project.result.stdout.fnmatch_lines(
            [
                "*its reply is kept from an earlier run: nothing to pay",
                "openai:fake would be asked about * (1 answered already)",
            ]
        )
        assert kept(project.report(*options, *PLAN, "--ai-gen-no-cache"))["label"] is False
        assert len(server.asked) == asked


# -------------------------------------------------------------------------------------------- the question

DEAR = "--ai-gen-price=100000,100000"


def test_a_dear_run_without_a_cap_stops_where_nobody_can_be_asked(project: Project) -> None:
    project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    with model(by_target(ANSWERS)) as (server, options):
        result = project.generate(*options, DEAR)
        assert server.asked == []
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(
        [
            "ai-gen: nothing was generated: a model would be asked about * pass --ai-gen-max-cost=*--ai-gen-mode=plan*"
        ]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize(
    ("answer", "capture"), [("y", []), ("n", ["-s"]), ("", [])], ids=["yes", "no, with -s", "nothing"]
)
def test_at_a_terminal_a_person_is_asked(project: Project, answer: str, capture: list[str]) -> None:
    from tests.plugin.screen import Screen

    project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    with model(by_target(ANSWERS)) as (server, options):
        screen = Screen(project, "--ai-gen", *options, DEAR, *capture)
        screen.answer(f"{answer}\r", "Go on [y/N]? ")
        status = screen.end()
    if answer == "y":
        assert (status, len(server.asked)) == (pytest.ExitCode.OK, 2), screen.said
    else:
        assert (status, server.asked) == (pytest.ExitCode.USAGE_ERROR, []), screen.said
        assert "nothing was generated: you said no" in screen.said
