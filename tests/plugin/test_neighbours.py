"""New tests that get on with themselves and not with the tests that are there."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, accepted, by_target, model, python

pytestmark = pytest.mark.slow

MODE = """\
MODE = False


def switch(on: bool) -> bool:
    global MODE
    MODE = on
    if on:
        return True
    return False
"""
#: Leaves something behind; it is well alone, and twice.
ON = """\
def test_on():
    assert mode.switch(True) is True
"""
OFF = """\
def test_off():
    assert mode.switch(False) is False
"""
DEFAULT = "from shop import mode\n\ndef test_default():\n    assert mode.MODE is False\n"
OLD = "from shop import mode\n\ndef test_old():\n    assert mode.switch\n"
CASES = [
    pytest.param(
        {"tests/conftest.py": "", "tests/test_mode.py": OLD, "tests/test_z.py": DEFAULT},
        OFF + ON,
        "breaks its neighbour tests/test_z.py::test_default: ",
        id="a-module-that-shares-a-conftest-file",
    ),
    pytest.param(
        {"tests/unit/test_mode.py": OLD, "tests/unit/test_z.py": DEFAULT},
        OFF + ON,
        "breaks its neighbour tests/unit/test_z.py::test_default: ",
        id="a-module-of-the-same-folder",
    ),
    pytest.param(
        {"tests/test_mode.py": DEFAULT},
        ON + OFF,
        "breaks its neighbour test_default in reversed order: ",
        id="a-test-above-it",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("files", "reply", "reason"), CASES)
def test_what_breaks_others_is_refused(
    project: Project, files: dict[str, str], reply: str, reason: str
) -> None:
    project.write("shop/mode.py", MODE)
    for name, text in files.items():
        project.write(name, text)
    with model(by_target({"switch": [python("from shop import mode\n\n" + reply)]})) as (_, options):
        report = project.report("--ai-gen-target=shop/mode.py", "--ai-gen-attempts=1", *options)
    assert accepted(report) == ["test_off"]
    (refusal,) = (verdict for verdict in report["verdicts"] if not verdict["accepted"])
    assert (refusal["name"], refusal["check"]) == ("test_on", "neighbours")
    assert refusal["reason"].startswith(reason)
    (proofs,) = (verdict["proofs"] for verdict in report["verdicts"] if verdict["accepted"])
    assert {proof["check"] for proof in proofs} >= {"stable", "neighbours"}
    assert project.run("tests").ret == pytest.ExitCode.OK
