"""The HTML report of a real run says what the JSON report says."""

from __future__ import annotations

import html
import json
import re

import pytest

from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow


def test_the_page_of_a_run(project: Project) -> None:
    result = project.generate(
        "--ai-gen-engine=explore", "--ai-gen-report=html:out/run.html", "--ai-gen-report=json:out/run.json"
    )
    assert result.ret == pytest.ExitCode.OK
    page, said = project.read("out/run.html"), json.loads(project.read("out/run.json"))
    tests = [html.unescape(name) for name in re.findall(r'<span class="name">([^<]*)</span>', page)]
    assert sorted(tests) == sorted(", ".join(v["tests"]) or v["name"] for v in said["verdicts"])
    assert tests
    lines = len(project.read("shop/__init__.py").splitlines())
    assert len(re.findall(r'<tr[^>]* id="f1-\d+">', page)) == lines
    missing = said["coverage"]["after"]["files"]["shop/__init__.py"]["missing"]
    assert len(re.findall(r'<tr class="s-(?:left|skipped)"', page)) == missing
    assert "s-new" in page


def test_the_page_of_a_plan(project: Project) -> None:
    project.generate("--ai-gen-mode=plan", "--ai-gen-report=html:plan.html")
    page = project.read("plan.html")
    assert "3 targets, in the order in which they would be tried" in page
    assert 'id="tests"' not in page
