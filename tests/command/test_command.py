"""``pytest-aigen`` as a shell starts it; what it prints stands in tests/golden/command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pytest_aigen import kept, lock, statefolder
from pytest_aigen.command.cache import parts
from pytest_aigen.data import Reached, Stale, Why
from pytest_aigen.reports import history
from pytest_aigen.reports.history import Entry
from tests.chat_server import chat_server
from tests.plugin.conftest import SHOP
from tests.report_records import FULL, PRICE, SECOND, TEST_SHOP, accepted, rejected

pytestmark = pytest.mark.slow

Golden = Callable[[str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    return made


def run(folder: Path, *args: str, status: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    done = subprocess.run(
        [Path(sys.executable).with_name("pytest-aigen"), *args],
        cwd=folder,
        env={**inherited, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def keep(folder: Path) -> None:
    path = statefolder.last_run(folder)
    statefolder.made(path.parent)
    path.write_bytes(kept.dumped(FULL))


# ------------------------------------------------------------------------------------------- report, show


@pytest.mark.parametrize(
    "args",
    [
        ("report",),
        ("report", "-q"),
        ("report", "-v"),
        ("show", "test_x"),
        ("show", "test_a"),
        ("show", "test_"),
    ],
    ids=lambda args: "-".join(args).replace("--", "-"),
)
def test_what_is_shown_of_the_last_run(folder: Path, args: tuple[str, ...], golden: Golden) -> None:
    keep(folder)
    below = folder / "below"
    below.mkdir()
    several = args == ("show", "test_")
    done = run(below, *args, status=int(several))
    golden(f"command/{'-'.join(args).replace('--', '-')}.txt", done.stdout)
    assert done.stderr == ""


def test_a_suspect_is_shown_with_its_contract(folder: Path, golden: Golden) -> None:
    keep(folder)
    golden("command/show-suspect.txt", run(folder, "show", "test_price_is_positive").stdout)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("json", '"schema_version": 1'),
        ("html", "<!DOCTYPE html>"),
        ("markdown", "<!-- pytest-aigen -->"),
        ("diff", "diff --git a/tests/test_cart.py"),
    ],
)
def test_another_format(folder: Path, kind: str, words: str) -> None:
    keep(folder)
    assert words.lower() in run(folder, "report", kind).stdout.lower()
    assert run(folder, "report", f"{kind}:made/out.x").stdout == "written: made/out.x\n"
    assert words.lower() in (folder / "made/out.x").read_text("utf-8").lower()


def test_a_console_that_is_not_utf8(folder: Path) -> None:
    path = statefolder.last_run(folder)
    statefolder.made(path.parent)
    path.write_bytes(kept.dumped(replace(FULL, notes=("grüße \u2713",))))
    said = run(folder, "report", PYTHONIOENCODING="ascii", PYTHONUTF8="0").stdout
    assert "note: gr\\xfc\\xdfe \\u2713" in said


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param(("report",), "no run was kept in", id="nothing there"),
        pytest.param(
            ("report", "pdf"), "there is no format 'pdf'; there are json, html", id="no such format"
        ),
        pytest.param(
            ("report", "--rootdir", "gone"), "--rootdir: there is no folder gone", id="no such folder"
        ),
        pytest.param(("show", "test_x"), "no run was kept in", id="nothing to show"),
        pytest.param(("nonsense",), "invalid choice", id="no such command"),
        pytest.param((), "required: COMMAND", id="no command"),
        pytest.param(("cache", "prune", "journal"), "nothing is kept", id="nothing to remove"),
    ],
)
def test_what_cannot_be_done(folder: Path, args: tuple[str, ...], words: str) -> None:
    status = 0 if args[:1] == ("cache",) else 2
    done = run(folder, *args, status=status)
    assert words in done.stdout + done.stderr
    assert list(folder.iterdir()) == [], "nothing is written"


def test_what_was_kept_is_damaged(folder: Path) -> None:
    keep(folder)
    statefolder.last_run(folder).write_bytes(b"{")
    assert "cannot be shown: it is damaged" in run(folder, "report", status=2).stderr
    keep(folder)
    assert (
        "no test of the last run, or of those before, has 'nix'"
        in run(folder, "show", "nix", status=2).stderr
    )


# ------------------------------------------------------------------------------------------------- history

RUNS = (
    replace(FULL, verdicts=(rejected(PRICE, "TestPrice::test_x", "gain", "covers nothing\x1b[31m new"),)),
    replace(FULL, verdicts=(accepted(PRICE, "test_old", Reached(frozenset({11}))), SECOND), redundant=()),
    replace(
        FULL,
        mode="prune",
        verdicts=(),
        proven=(SECOND.trial,),
        stale=(Stale(TEST_SHOP, "test_old", "shop:price", Why.GONE, "there is no price", removed=True),),
    ),
    FULL,
)


def remember(folder: Path) -> None:
    """Four runs, the last of which is kept."""
    lines = b""
    for day, report in enumerate(RUNS, 1):
        when = datetime(2026, 3, day, 9, 5, tzinfo=timezone(timedelta(hours=1)))
        lines = history.joined(lines, history.entries(report, when))
    keep(folder)
    statefolder.history(folder).write_bytes(lines)


@pytest.mark.parametrize(
    "test", ["TestPrice::test_x", "test_old"], ids=["of the last run", "of an earlier run"]
)
def test_what_became_of_a_test_in_each_run(folder: Path, test: str, golden: Golden) -> None:
    remember(folder)
    golden(f"command/show-history-{test.rpartition('::')[2]}.txt", run(folder, "show", test).stdout)


def test_history_is_forgotten_by_name_or_with_the_last_run(folder: Path) -> None:
    remember(folder)
    assert "history, run by run" in run(folder, "show", "test_old").stdout
    assert "removed history.jsonl: 1 file" in run(folder, "cache", "prune", "history.jsonl").stdout
    assert "or of those before, has 'test_old'" in run(folder, "show", "test_old", status=2).stderr
    assert "history, run by run" not in run(folder, "show", "TestPrice::test_x").stdout
    remember(folder)
    run(folder, "cache", "prune")
    assert parts(folder / statefolder.NAME) == []


def test_history_is_bounded_and_survives_what_is_no_entry() -> None:
    one = Entry("2026-03-01 09:05+01:00", "tests/test_a.py::test_x", "accepted")
    many = history.joined(b"", [replace(one, test=f"t::{n}") for n in range(history.MOST + 5)])
    assert [entry.test for entry in history.read(many)] == [f"t::{n}" for n in range(5, history.MOST + 5)]
    damaged = b'{"when": 1}\n[]\n\xff\n{"when": 1, "test": 2, "outcome": 3}\n{"more": ""}\n'
    assert list(history.read(history.joined(damaged, [one]))) == [one]
    assert list(history.read(b"")) == []


# ------------------------------------------------------------------------------------------------- cache


def full(folder: Path) -> None:
    keep(folder)
    statefolder.made(statefolder.suspects(folder)).joinpath("suspect_a.py").write_text("x" * 2000, "utf-8")
    statefolder.made(folder / statefolder.NAME / "unwritten").joinpath("a.patch").write_text("y", "utf-8")


def test_replies_that_were_paid_for_go_only_by_name(folder: Path) -> None:
    statefolder.made(folder / statefolder.NAME)
    statefolder.replies(folder).write_bytes(b"x")
    statefolder.history(folder).write_bytes(b"x")
    assert "kept replies.sqlite" in run(folder, "cache", "prune").stdout
    assert [part.name for part in parts(folder / statefolder.NAME)] == ["replies.sqlite"]
    run(folder, "cache", "prune", "replies.sqlite")
    assert parts(folder / statefolder.NAME) == []


def test_cache(folder: Path, golden: Golden) -> None:
    full(folder)
    said = run(folder, "cache").stdout
    golden("command/cache.txt", re.sub(r" +[\d.]+ kB", " SIZE", said.replace(str(folder), "ROOT")))
    said = run(folder, "cache", "prune").stdout
    golden("command/cache-prune.txt", re.sub(r"[\d.]+ kB", "SIZE", said))
    assert [part.name for part in parts(folder / statefolder.NAME)] == ["suspects", "unwritten"]
    run(folder, "cache", "prune", "suspects")
    assert [part.name for part in parts(folder / statefolder.NAME)] == ["unwritten"]


def test_nothing_is_removed_while_a_run_is_at_work_or_was_killed(folder: Path) -> None:
    full(folder)
    with lock.held(folder):
        assert "is at work in this project" in run(folder, "cache", "prune", status=2).stderr
    statefolder.made(statefolder.journal(folder)).joinpath("0").mkdir()
    assert "was killed while it wrote" in run(folder, "cache", "prune", status=2).stderr
    assert "'lock' is nothing to remove" in run(folder, "cache", "prune", "lock", status=2).stderr
    assert {"last-run.json", "suspects", "unwritten"} <= {
        part.name for part in parts(folder / statefolder.NAME)
    }


# ------------------------------------------------------------------------------------------------- doctor


def project(folder: Path) -> None:
    folder.joinpath("shop").mkdir()
    folder.joinpath("shop/__init__.py").write_text(SHOP, "utf-8")
    folder.joinpath("tests").mkdir()
    folder.joinpath("tests/test_shop.py").write_text("def test_mine():\n    pass\n", "utf-8")


def test_doctor(folder: Path, golden: Golden) -> None:
    project(folder)
    before = sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    said = run(folder, "doctor").stdout
    said = re.sub(r"\d+\.\d+[\w.]*", "VERSION", said.replace(str(folder), "ROOT"))
    said = re.sub(r"(ok    sandbox: |note  no layer of the sandbox)[^\n]*(\n      [^\n]*)?", "SANDBOX", said)
    said = re.sub(r"ok    (plugins: )[^\n]*", r"ok    \1...", said)
    said = re.sub(r"(note|ok  )  (git: |there is no git)[^\n]*\n(      [^\n]*\n)?", "GIT\n", said)
    golden("command/doctor.txt", re.sub(r"\d+ to know", "N to know", said).replace("(Darwin)", "(Linux)"))
    assert sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts) == before


@pytest.mark.parametrize(
    ("files", "args", "words"),
    [
        pytest.param(
            {"pyproject.toml": "[tool.pytest-aigen]\nengin = 'explore'\n"}, (),
            "STOP  .*unknown key 'engin'; did you mean 'engine'", id="a wrong key"),
        pytest.param({}, ("--", "--ai-gen-workers=many"), "STOP  .*--ai-gen-workers", id="a wrong option"),
        pytest.param({}, ("--", "--ai-gen-model=nobody:x"), "STOP  .*nobody", id="no such provider"),
        pytest.param(
            {}, ("--", "--ai-gen-model=x", "--ai-gen-base-url=http://127.0.0.1:9/v1", "--ai-gen-max-cost=1"),
            "STOP  --ai-gen-max-cost: the price of the model openai:x is not known", id="no price",
        ),
        pytest.param(
            {"pytest.ini": "[pytest]\naddopts = --nonsense\n"}, (), "STOP  .*--nonsense", id="pytest's own options"),
        pytest.param({"conftest.py": "1 / 0\n"}, (), "STOP  .*ZeroDivisionError", id="a broken conftest"),
        pytest.param({"pytest.ini": "[pytest]\naddopts = -p no:aigen-session\n"}, (), "STOP", id="switched off"),
    ],
)  # fmt: skip
def test_what_would_stop_a_run(
    folder: Path, files: dict[str, str], args: tuple[str, ...], words: str
) -> None:
    project(folder)
    for name, text in files.items():
        folder.joinpath(name).write_text(text, "utf-8")
    said = run(folder, "doctor", *args, status=1).stdout
    assert re.search(words, said), said
    assert "a run would stop here" in said


@pytest.mark.parametrize(
    ("files", "args", "words"),
    [
        pytest.param({}, ("--", "-k", "mine", "-x"), "note  -x or --maxfail", id="it ends at a failure"),
        pytest.param(
            {"tests/test_broken.py": "import no_such_thing\n"}, (),
            "note  could not be collected: tests/test_broken.py .*No module named 'no_such_thing'", id="not collected"),
        pytest.param(
            {"conftest.py": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), name='mine', daemon=True).start()\n"},
            (), "note  what is imported starts threads .mine", id="threads"),
        pytest.param({}, ("--", "--ai-gen-executor=spawn"), r"ok    candidates .*\(spawn\)", id="a choice of one's own"),
        pytest.param({"pytest.ini": "[pytest]\nfilterwarnings = error\n"}, (), "ok    1 test in 1 module", id="warnings are errors"),
    ],
)  # fmt: skip
def test_what_is_good_to_know(folder: Path, files: dict[str, str], args: tuple[str, ...], words: str) -> None:
    project(folder)
    for name, text in files.items():
        folder.joinpath(name).write_text(text, "utf-8")
    assert re.search(words, said := run(folder, "doctor", *args).stdout), said


def test_a_model_is_asked_only_when_that_is_wanted(folder: Path) -> None:
    project(folder)
    with chat_server(lambda asked, number: "yes") as server:
        options = ["--", f"--ai-gen-base-url={server.url}", "--ai-gen-model=openai:fake"]
        said = run(folder, "doctor", *options).stdout
        assert "ok    model openai:fake (not asked" in said
        assert not server.asked
        assert "ok    model openai:fake answers" in run(folder, "doctor", "--ask-model", *options).stdout
        assert len(server.asked) == 1
        assert json.dumps(server.asked).count("clamp") == 0, "nothing of the project is sent"
    assert "STOP  model openai:fake" in run(folder, "doctor", "--ask-model", *options, status=1).stdout
