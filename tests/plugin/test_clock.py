"""Code that asks what time it is."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

EXPLORE = "--ai-gen-engine=explore"
AGES = """
    import time
    from datetime import date, datetime, timedelta

    def since(moment: datetime) -> str:
        days = (datetime.now() - moment).days
        if days < 0:
            return "not yet"
        if days < 30:
            return f"{days} days ago"
        return "long ago"

    def named(day: date) -> str:
        away = (day - date.today()).days
        if away == 0:
            return "today"
        if away == 1:
            return "tomorrow"
        return f"{away} days" if away > 1 else "over"

    def doubled(span: timedelta) -> int:
        end = datetime.now() + span * 2
        return (end - datetime.now()).days if span.days > 300 else span.days * 2

    def token(length: int) -> str:
        return str(int(time.time()) % 97).zfill(length)

    def greeting(name: str) -> str:
        return f"Good {'morning' if datetime.utcnow().hour < 12 else 'day'}, {name}"

    def started(unit: str) -> str:
        return f"{int(time.monotonic()) // 60} {unit} ago"

    def rests(seconds: float) -> bool:
        return time.monotonic() < time.monotonic() + seconds
    """


def test_what_holds_at_another_time_is_written(project: Project) -> None:
    project.write("shop/__init__.py", AGES)
    report = project.report(EXPLORE)
    text = project.read("tests/test_shop.py")
    assert 'since(datetime.now() - timedelta(days=3.261)) == "3 days ago"' in text
    assert 'named(date.today()) == "today"' in text
    assert 'named(date.today() + timedelta(days=1)) == "tomorrow"' in text
    assert "doubled(timedelta(days=" in text, "whatever time it is"
    left = {one["target"]: one["why"] for one in report["unreached"]}
    assert left == {f"shop/__init__.py::{name}": "unsteady" for name in ("token", "greeting", "started")}
    assert "assert rests(" in text
    assert "failed" not in project.run("tests").parseoutcomes()


@pytest.mark.parametrize("name", ["token", "greeting", "started"])
def test_what_does_not_hold_is_not(project: Project, name: str) -> None:
    project.write("shop/__init__.py", AGES)
    report = project.report(EXPLORE, f"--ai-gen-target=shop/__init__.py::{name}")
    assert [one["why"] for one in report["unreached"]] == ["unsteady"]
    assert not (project.path / "tests").exists()
