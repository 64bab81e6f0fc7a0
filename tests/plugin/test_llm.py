"""The whole job with a model: real HTTP to a server on this machine, real pytest, real files."""

from __future__ import annotations

import json
import re

import pytest

from tests.chat_server import Answer, Drop, Fail, Hang, Raw, Say, chat_server, events
from tests.plugin.conftest import (
    CLAMP,
    LABEL,
    Project,
    accepted,
    asked_for,
    by_target,
    model,
    python,
    refused,
)

MIXED = python(
    """\
    from shop import label
    import no_such_package

    def test_wrong():
        assert label("an apple") == "AN APPLE"

    def test_right():
        assert label("an apple") == "An Apple"

    def test_empty():
        assert no_such_package.thing(label(""))
    """
)


def test_tests_are_kept_one_by_one_and_repaired(project: Project) -> None:
    """One reply: a test that passes, two that do not. The next request carries the failures and nothing else."""
    project.write(
        "pyproject.toml", '[tool.pytest-aigen]\ninstructions = "Speak of apples."\nconcurrency = 1\n'
    )
    repaired = python(
        """\
        import pytest
        from shop import label

        def test_empty():
            with pytest.raises(ValueError):
                label("")
        """
    )
    with model(by_target({"clamp": [CLAMP], "label": [MIXED, repaired]})) as (server, options):
        report = project.report(*options, "--cov-target=100")
    assert project.result.ret == pytest.ExitCode.OK
    assert report["coverage"]["after"]["percent"] == 100
    assert accepted(report) == ["test_between", "test_empty", "test_high", "test_low", "test_right"]
    assert refused(report).keys() == {"test_wrong", "test_empty"}
    assert report["usage"] == {
        "requests": 3, "prompt_tokens": 300, "cached_tokens": 0, "reply_tokens": 60, "cost": None, "from_cache": 0, "unanswered": 0,
    }  # fmt: skip

    text = project.read("tests/test_shop.py")
    assert "AN APPLE" not in text
    assert "no_such_package" not in text
    assert project.run("tests").parseoutcomes() == {"passed": 5}

    first, second = (asked for asked in server.asked if asked_for(asked) == "label")
    system, last = first["messages"][0], first["messages"][-1]
    assert "Speak of apples." in system["content"]
    assert last["role"] == "user"
    assert re.match(r"shop/__init__\.py:11-14\nlabel\n", last["content"])
    assert server.paths == ["/v1/chat/completions"] * 3
    assert server.keys == ["none"] * 3, "a local server needs no key"
    shared = len(first["messages"]) - 1
    assert second["messages"][:shared] == first["messages"][:shared], "for the provider's prompt cache"
    new = "\n".join(message["content"] for message in second["messages"][shared + 1 :])
    assert "'An Apple' == 'AN APPLE'" in new, "what pytest said about the test"
    assert "no_such_package" in new
    assert '== "An Apple"' not in new, "nothing of the sibling that was kept but its name"


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(Fail(429, "slow down", headers={"Retry-After": "0"}), id="429 with Retry-After"),
        pytest.param(Fail(500, "oops"), id="500"),
        pytest.param(Drop(), id="dropped connection"),
        pytest.param(Raw(b"<html>", "text/html"), id="no chat completion"),
    ],
)
def test_faults_that_pass_cost_nothing(project: Project, passing: Answer) -> None:
    script = by_target({"label": [passing, LABEL]})
    with model(script) as (server, options):
        report = project.report(*options, "--ai-gen-target=shop/__init__.py::label")
    assert accepted(report) == ["test_no_name", "test_title"]
    assert (report["ended"], report["notes"]) == ("complete", [])
    assert len(server.asked) == 2


def test_a_stream_that_breaks_off_brings_its_whole_tests_and_the_next_round_the_rest(
    project: Project,
) -> None:
    cut = LABEL[: LABEL.index("with pytest.raises")]
    script = by_target({"label": [Raw(events(cut[:60], cut[60:]), "text/event-stream", length=9000), LABEL]})
    with model(script) as (server, options):
        report = project.report(*options, "--ai-gen-target=shop/__init__.py::label")
    assert accepted(report) == ["test_no_name", "test_title"]
    assert len(server.asked) == 2
    assert "Kept, do not send again: `test_title`" in server.asked[1]["messages"][-1]["content"]


def test_a_context_that_is_too_long_is_shortened(project: Project) -> None:
    """The existing tests, which the first request shows, are not in the second."""
    project.write(
        "tests/test_shop.py",
        "from shop import label\n\ndef test_plain():\n    assert label('existing') == 'Existing'\n",
    )
    too_long = Fail(400, "This model's maximum context length is 900 tokens", "context_length_exceeded")
    with model(by_target({"label": [too_long, LABEL]})) as (server, options):
        report = project.report(*options, "--ai-gen-target=shop/__init__.py::label")
    assert "test_no_name" in accepted(report)
    first, second = (json.dumps(asked["messages"]) for asked in server.asked[:2])
    assert "label('existing')" in first
    assert "label('existing')" not in second
    assert report["notes"] == []


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        pytest.param(Fail(401, "bad key"), "the key (OPENAI_API_KEY, or API_KEY) is not accepted", id="401"),
        pytest.param(Fail(429, "pay", code="insufficient_quota"), "no quota left", id="no quota"),
    ],
)
def test_a_refusing_provider_ends_it_and_what_was_accepted_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch, fault: Answer, detail: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    project.write("tests/test_shop.py", "def test_mine():\n    pass\n")
    script = by_target({"clamp": [CLAMP], "label": [fault]})
    with model(script) as (server, options):
        report = project.report(*options, "--ai-gen-concurrency=1")
    assert report["ended"] == "fault"
    assert detail in report["detail"]
    assert server.keys[0] == "sk-very-secret"
    assert accepted(report) == ["test_between", "test_high", "test_low"]
    assert 'id="low"' in project.read("tests/test_shop.py")
    assert project.result.ret == pytest.ExitCode.OK, "the suite passes"
    project.result.stdout.fnmatch_lines(
        ["added 3 tests to 1 file", "ended: a fault *", "next: remove the fault*"]
    )
    assert "sk-very-secret" not in project.result.stdout.str() + project.result.stderr.str()


def test_a_fault_of_one_target_leaves_the_others(project: Project) -> None:
    with model(by_target({"clamp": [Fail(400, "cannot")], "label": [LABEL]})) as (_, options):
        report = project.report(*options)
    assert accepted(report) == ["test_no_name", "test_title"]
    assert report["ended"] == "complete"
    assert [note for note in report["notes"] if "clamp" in note and "cannot" in note]


def test_replies_without_a_test_are_refused_with_a_reason(project: Project) -> None:
    script = by_target({"clamp": ["I am sorry."], "label": [python("def test_x(:\n"), LABEL]})
    with model(script) as (_, options):
        report = project.report(*options, "--ai-gen-attempts=2")
    assert accepted(report) == ["test_no_name", "test_title"]
    reasons = [verdict["reason"] for verdict in report["verdicts"] if not verdict["accepted"]]
    assert reasons
    assert all(reasons)


@pytest.mark.parametrize(
    ("cap", "detail"),
    [
        pytest.param("--ai-gen-max-requests=1", "--ai-gen-max-requests=1", id="requests"),
        # The first request is cheap by the server's count, and dear enough for no second one.
        pytest.param("--ai-gen-max-tokens=9000", "--ai-gen-max-tokens=9000", id="tokens"),
    ],
)
def test_caps_are_hard_and_what_was_accepted_is_kept(project: Project, cap: str, detail: str) -> None:
    first = Say(CLAMP, usage={"prompt_tokens": 6000, "completion_tokens": 2900})
    script = by_target({"clamp": [first], "label": [Hang(60)]})
    with model(script) as (server, options):
        report = project.report(*options, cap, "--ai-gen-concurrency=1", "--cov-target=99")
    assert (report["ended"], detail in report["detail"]) == ("budget", True)
    assert report["usage"]["requests"] == len(server.asked) == 1
    assert 'id="low"' in project.read("tests/test_shop.py")
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED, "--cov-target is not reached"
    project.result.stdout.fnmatch_lines([f"ended: a budget is spent *{detail}*", "*higher budget*"])


def test_the_time_is_over_whatever_the_model_does(project: Project) -> None:
    with model(by_target({"clamp": [Hang(600)], "label": [Hang(600)]})) as (_, options):
        report = project.report(*options, "--ai-gen-max-time=3", "--cov-target=99")
    assert (report["ended"], report["detail"]) == ("budget", "--ai-gen-max-time=3 is over")
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED, "--cov-target is not reached"
    project.result.stdout.fnmatch_lines(["ended: a budget is spent *--ai-gen-max-time=3*", "*higher budget*"])


def test_auto_asks_the_model_for_what_the_offline_engine_leaves(project: Project) -> None:
    project.write(
        "shop/door.py",
        """\
        def twice(number: int) -> int:
            return 2 * number


        def never(word: str) -> bool:
            if word[::-1].encode().hex() == "656d61736573":
                return True
            return False
        """,
    )
    script = by_target(
        {
            "never": [
                python(
                    """\
                    from shop.door import never

                    def test_sesame():
                        assert never("sesame") is True
                    """
                )
            ]
        }
    )
    with model(script) as (server, options):
        report = project.report(*options, "--ai-gen-engine=auto", "--ai-gen-source=shop/door.py")
    assert {verdict["origin"] for verdict in report["verdicts"] if verdict["accepted"]} == {"explore", "llm"}
    assert {asked_for(asked) for asked in server.asked} == {"never"}, "the rest was found without it"
    assert report["ended"] == "reached"


def test_a_candidate_sees_no_key_and_hostile_ones_do_no_harm(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp-very-secret")
    project.write("precious.txt", "mine")
    reply = python(
        """\
        import os
        import pathlib
        from shop import label

        def test_writes():
            pathlib.Path("stray.txt").write_text(label("stray"))
            assert label("a") == "A"

        def test_spoils():
            with open("precious.txt", "w") as file:
                file.write(label("gone"))
            assert label("a") == "A"

        def test_leaves():
            assert label("a") == "A"
            os._exit(0)

        def test_hangs():
            assert label("a") == "A"
            while True:
                pass

        def test_sees_no_key():
            assert label("a") == "A"
            assert not [name for name in os.environ if "KEY" in name or "TOKEN" in name]
        """
    )
    before = project.files()
    with model(by_target({"label": [reply]})) as (_, options):
        report = project.report(
            *options, "--ai-gen-target=shop/__init__.py::label", "--ai-gen-timeout=2", "--ai-gen-attempts=1", "-v"
        )  # fmt: skip
    assert accepted(report) == ["test_sees_no_key"]
    assert refused(report).keys() == {"test_writes", "test_spoils", "test_leaves", "test_hangs"}
    project.result.stdout.fnmatch_lines(["refused 4 tests", "*test_hangs: *2*"])
    after = project.files()
    assert after.keys() - before.keys() == {
        "tests/test_shop.py",
        ".pytest_aigen/.gitignore",
        ".pytest_aigen/history.jsonl",
        ".pytest_aigen/last-run.json",
        ".pytest_aigen/replies.sqlite",
    }
    assert all(after[name] == before[name] for name in before)


def test_nobody_answers(project: Project) -> None:
    """Which is found before the first test of the suite."""
    project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    with model(by_target({})) as (_, options):
        pass  # the server is gone
    result = project.generate(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --ai-gen-model=openai:fake: no answer from http://127.0.0.1*is the URL right*"]
    )
    assert "passed" not in result.stdout.str()


def test_a_wrong_key_is_found_before_the_suite(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-wrong")
    with chat_server(["1"], key="sk-right") as server:
        result = project.generate("--ai-gen-model=fake", f"--ai-gen-base-url={server.url}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --ai-gen-model=fake: the key (OPENAI_API_KEY, or API_KEY) is not accepted *"]
    )
    assert "sk-very-wrong" not in result.stdout.str() + result.stderr.str()
    assert server.asked == []


@pytest.mark.parametrize(
    "options", [["--collect-only"], ["--ai-gen-mode=plan"], ["--ai-gen-mode=preview"]], ids=str
)
def test_what_asks_nothing_looks_for_no_server(project: Project, options: list[str]) -> None:
    with chat_server(["1"]) as server:
        project.generate("--ai-gen-model=fake", f"--ai-gen-base-url={server.url}", *options)
    assert (server.looked, server.asked) == ([], [])
