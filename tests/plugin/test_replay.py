"""A run recorded, and the same run again without a model."""

from __future__ import annotations

from tests.plugin.conftest import CLAMP, LABEL, Project, accepted, by_target, model


def test_a_recorded_run_is_replayed_without_a_server(project: Project) -> None:
    with model(by_target({"clamp": [CLAMP], "label": ["Sorry.", LABEL]})) as (server, options):
        recorded = project.report(*options, "--ai-gen-record=replies", "--ai-gen-mode=diff")
    assert len(server.asked) == 3
    replayed = project.report("--ai-gen-engine=llm", "--ai-gen-model=replay:replies")
    assert accepted(replayed) == accepted(recorded)
    assert replayed["usage"]["prompt_tokens"] == recorded["usage"]["prompt_tokens"]
    assert (project.path / "tests/test_shop.py").is_file()


def test_replies_by_hand_for_the_requests_of_a_first_run(project: Project) -> None:
    (project.path / "replies").mkdir()
    options = ("--ai-gen-engine=llm", "--ai-gen-model=replay:replies")
    first = project.report(*options, "--ai-gen-record=replies")
    assert accepted(first) == []
    assert any("there is no shop/__init__/clamp.1.md" in note for note in first["notes"])
    asked = project.read("replies/shop/__init__/clamp.1.request.md")
    assert "if value < low:" in asked
    project.write("replies/shop/__init__/clamp.1.md", CLAMP)
    assert accepted(project.report(*options)) == ["test_between", "test_high", "test_low"]


def test_a_folder_that_is_not_there_is_a_usage_error(project: Project) -> None:
    project.generate("--ai-gen-model=replay:nowhere")
    assert project.result.ret == 4
    project.result.stderr.fnmatch_lines(["*--ai-gen-model=replay:nowhere: there is no folder*"])
