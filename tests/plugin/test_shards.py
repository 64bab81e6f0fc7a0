"""Two shards of one project, as two jobs would run them, and their merge."""

from __future__ import annotations

import json

import pytest

from pytest_aigen.command import main
from tests.plugin.conftest import Project, accepted

pytestmark = pytest.mark.slow


def test_shards_share_the_gaps_and_are_merged(project: Project) -> None:
    mine = "from shop import clamp\n\n\ndef test_mine():\n    assert clamp(1, 2, 3) == 2\n"
    project.write("tests/test_shop.py", mine)
    before = project.files()
    found = []
    for number in (1, 2):
        shard = project.pytester.path / f"shard-{number}.json"
        report = project.report(
            "--ai-gen-engine=explore", "--ai-gen-mode=diff",
            f"--ai-gen-shard={number}/2", f"--ai-gen-report=shard:{shard}",
        )  # fmt: skip
        assert accepted(report)
        assert project.files() == before
        found.append({target["target"] for target in report["targets"]})
        assert not report["left"]
    assert found == [{"shop/__init__.py::clamp"}, {"shop/__init__.py::label"}]
    files = sorted(map(str, project.pytester.path.glob("shard-*.json")))
    assert main(["merge", *files]) == 0
    assert project.read("tests/test_shop.py").count("# aigen: shop:clamp") > 0
    assert project.read("tests/test_shop.py").count("# aigen: shop:label") > 0
    place = project.pytester.path / "after.json"
    project.run("--ai-gen", "--ai-gen-mode=plan", "--ai-gen-engine=explore", f"--ai-gen-report=json:{place}")
    assert project.result.ret == pytest.ExitCode.OK
    assert json.loads(place.read_text("utf-8"))["coverage"]["before"]["percent"] == 100
