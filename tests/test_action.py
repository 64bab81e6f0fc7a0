"""The GitHub Action: its steps as GitHub would run them, against a bare repository and a stand-in for `gh`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SHOP = "def price(n):\n    if n > 10:\n        return n * 9\n    return n * 10\n"
SHIPPING = "\n\ndef shipping(cents):\n    if cents >= 5000:\n        return 0\n    return 490\n"
FORK, HERE = "someone/shop", "shop/shop"

needs_bash = pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="bash")


# ----------------------------------------------------------------------------------------- as it is written


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_nothing_from_outside_stands_in_a_shell(step: dict[str, Any]) -> None:
    assert step["shell"] == "bash"
    assert "${{" not in step["run"]
    assert not re.search(r"\beval\b|bash -c", step["run"])


def test_only_the_step_that_comments_has_a_token() -> None:
    having = [step["name"] for step in STEPS if "token" in json.dumps(step.get("env", {}))]
    assert having == ["Comment on the pull request"]


def test_inputs_are_used_and_explained() -> None:
    text = json.dumps(STEPS)
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []
    assert {f"inputs.{name}" for name in ACTION["inputs"]} >= set(re.findall(r"inputs\.[\w-]+", text))
    assert all(given["description"] for given in ACTION["inputs"].values())


def test_the_page_has_every_input_with_its_default() -> None:
    page = (ROOT / "docs/howto/pull-requests.md").read_text("utf-8")
    for name, given in ACTION["inputs"].items():
        default = str(given["default"])
        assert f"| `{name}` | {f'`{default}`' if default and '$' not in default else ''}".rstrip() in page


def test_options_that_it_gives_exist() -> None:
    from pytest_aigen import settings

    known = {f.metadata["flag"] for f in settings.options()} | {"--ai-gen"}
    assert set(re.findall(r"--ai-gen[\w-]*|--cov-target", json.dumps(STEPS))) <= known


# ------------------------------------------------------------------------------------------------ as it runs

GH = '''\
#!{python}
"""Keeps comments in a file; knows the calls that the action makes."""
import json, sys
from pathlib import Path

def is_mine(comment):
    return comment["user"]["type"] == "Bot" and comment["body"].startswith("<!-- pytest-aigen -->")

store = Path({store!r})
comments = json.loads(store.read_text())
args = sys.argv[1:]
assert args.pop(0) == "api", args
method = args[args.index("--method") + 1] if "--method" in args else "GET"
[place] = [arg for arg in args if arg.startswith("repos/")]
if method == "GET":
    assert args[args.index("--jq") + 1] == {query!r}
    assert "--paginate" in args and place == "repos/shop/shop/issues/7/comments"
    print(*(comment["id"] for comment in comments if is_mine(comment)), sep="\\n")
    raise SystemExit
name, _, file = args[args.index("--field") + 1].partition("=@")
assert name == "body"
body = Path(file).read_text("utf-8")
if method == "POST":
    assert place == "repos/shop/shop/issues/7/comments"
    comments.append({{"id": len(comments) + 1, "user": {{"type": "Bot"}}, "body": body}})
else:
    assert method == "PATCH" and place.startswith("repos/shop/shop/issues/comments/")
    comments[int(place.rpartition("/")[2]) - 1]["body"] = body
store.write_text(json.dumps(comments))
'''
QUERY = '.[] | select(.user.type == "Bot" and (.body | startswith("<!-- pytest-aigen -->"))) | .id'


@dataclass
class Job:
    """A checkout of a pull request, and what GitHub tells a job about it."""

    path: Path
    work: Path
    branch: str = "shipping"
    head: str = HERE
    number: object = 7
    outputs: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.work,
            env=self._environ(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _environ(self) -> dict[str, str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("GIT_", "PYTEST_", "COVERAGE_", "COV_", "GITHUB_"))
        }
        author = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.invalid", "GIT_CONFIG_NOSYSTEM": "1"}
        committer = {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.invalid"}
        ours = {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "-p aigen -p no:cacheprovider",
            "HOME": str(self.path),
        }
        return {**kept, **author, **committer, **ours, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, do: str, **given: str) -> int:
        """Run the steps as GitHub does; the exit status of the one that fails, or 0."""
        inputs = {name: str(value.get("default", "")) for name, value in ACTION["inputs"].items()}
        inputs |= {
            "do": do,
            "python": sys.executable,
            "install": "false",
            **{k.replace("_", "-"): v for k, v in given.items()},
        }
        output, summary = self.path / "output", self.path / "summary"
        output.write_text("", "utf-8")
        # Nobody has told git a name there.
        environ = {k: v for k, v in self._environ().items() if not k.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_"))} | {
            "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_ACTIONS": "true", "CI": "true",
            "GITHUB_WORKSPACE": str(self.work), "PATH": f"{self.path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }  # fmt: skip
        for step in STEPS:
            if all(self._holds(part, inputs) for part in step.get("if", "").split(" && ") if part):
                script = self.path / "step.sh"
                script.write_text(step["run"], "utf-8")
                env = {name: self._filled(str(value), inputs) for name, value in step.get("env", {}).items()}
                done = subprocess.run(
                    ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                    cwd=self.work, env=environ | env, capture_output=True, text=True, check=False,
                )  # fmt: skip
                self.said = done.stdout + done.stderr
                if done.returncode:
                    return done.returncode
        self.outputs = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())
        return 0

    def _holds(self, condition: str, inputs: Mapping[str, str]) -> bool:
        name, wanted = re.fullmatch(r"inputs\.([\w-]+) == '(\w+)'", condition).groups()  # type: ignore[union-attr]
        return inputs[name] == wanted

    def _filled(self, value: str, inputs: Mapping[str, str]) -> str:
        github = {
            "github.base_ref": "main", "github.head_ref": self.branch, "github.repository": HERE, "github.token": "secret",
            "github.event.pull_request.number": self.number, "github.event.pull_request.head.repo.full_name": self.head,
            "github.action_path": str(ROOT),
        }  # fmt: skip
        known = {**github, **{f"inputs.{name}": given for name, given in inputs.items()}}
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: str(known[match[1]]), value)

    @property
    def comments(self) -> list[dict[str, Any]]:
        loaded: list[dict[str, Any]] = json.loads((self.path / "comments.json").read_text("utf-8"))
        return loaded

    def propose(self, patch: str, comment: str = "<!-- pytest-aigen -->\nHello\n") -> None:
        """What another job would have left."""
        (self.work / "aigen").mkdir(exist_ok=True)
        (self.work / "aigen/tests.patch").write_text(patch, "utf-8")
        (self.work / "aigen/comment.md").write_text(comment, "utf-8")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    made = Job(tmp_path, tmp_path / "work")
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin/gh"
    gh.write_text(
        GH.format(python=sys.executable, store=str(tmp_path / "comments.json"), query=QUERY), "utf-8"
    )
    gh.chmod(0o755)
    other = {"id": 1, "user": {"type": "User"}, "body": "<!-- pytest-aigen --> I say"}
    (tmp_path / "comments.json").write_text(json.dumps([other]), "utf-8")
    made.git("init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git"), cwd=tmp_path)
    made.git("clone", "-q", str(tmp_path / "origin.git"), str(made.work), cwd=tmp_path)
    (made.work / "shop.py").write_text(SHOP, "utf-8")
    (made.work / "test_shop.py").write_text(
        "from shop import price\n\n\ndef test_price():\n    assert price(1) == 10\n", "utf-8"
    )
    made.git("checkout", "-q", "-b", "main")
    made.git("add", ".")
    made.git("commit", "-qm", "The shop")
    made.git("push", "-q", "origin", "main")
    made.git("checkout", "-q", "-b", "shipping")
    (made.work / "shop.py").write_text(SHOP + SHIPPING, "utf-8")
    made.git("commit", "-qam", "Shipping")
    made.git("push", "-q", "origin", "shipping")
    return made


PATCH = "--- a/test_shop.py\n+++ b/test_shop.py\n@@ -5 +5,2 @@\n     assert price(1) == 10\n+    assert price(2) == 20\n"


@needs_bash
@pytest.mark.slow
def test_tests_for_the_changed_lines_then_a_comment_then_a_commit(job: Job) -> None:
    assert job.run("tests", arguments="--ai-gen-engine=explore\n\n-q") == 0, job.said
    assert job.outputs == {"added": "true"}
    assert sorted(os.listdir(job.work / "aigen")) == [
        "comment.md",
        "report.html",
        "report.json",
        "tests.patch",
    ]
    assert job.git("status", "--porcelain") == "?? aigen/", "nothing but the reports is written"
    report = json.loads((job.work / "aigen/report.json").read_text("utf-8"))
    assert {target["target"] for target in report["targets"]} == {"shop.py::shipping"}
    assert "of the lines changed since `origin/main`" in (job.path / "summary").read_text("utf-8")

    for _ in range(2):  # the second time, the comment is changed
        assert job.run("comment") == 0, job.said
    first, mine = job.comments
    assert first["body"].endswith("I say")
    assert mine["body"] == (job.work / "aigen/comment.md").read_text("utf-8")
    assert "+def test_shipping" in mine["body"]

    assert job.run("push", message="Tests; $(touch pwned)") == 0, job.said
    log = job.git("log", "-1", "--format=%an: %s", "origin/shipping")
    assert log == "github-actions[bot]: Tests; $(touch pwned)"
    assert job.git("diff", "--name-only", "origin/shipping~", "origin/shipping") == "test_shop.py"
    assert not (job.work / "pwned").exists()


@needs_bash
@pytest.mark.slow
def test_changed_lines_that_stay_uncovered(job: Job) -> None:
    assert job.run("tests", target="100", max_time="0") == 1
    assert "::error title=Coverage is too low::Coverage of the lines changed since origin/main is" in job.said


@needs_bash
@pytest.mark.slow
def test_a_suite_that_fails_is_no_reason_to_propose_nothing(job: Job) -> None:
    (job.work / "test_other.py").write_text("def test_x():\n    assert False\n", "utf-8")
    assert job.run("tests", arguments="--ai-gen-engine=explore") == 0, job.said
    assert "::warning title=pytest-aigen::Tests of the suite fail" in job.said
    assert job.outputs == {"added": "true"}


@needs_bash
def test_a_wrong_argument_fails(job: Job) -> None:
    assert job.run("tests", since="nothing") == pytest.ExitCode.USAGE_ERROR
    assert "--ai-gen-since: git knows no revision 'nothing'" in job.said


@needs_bash
@pytest.mark.parametrize("do", ["", "Tests", "tests; touch pwned"])
def test_something_else_to_do(job: Job, do: str) -> None:
    assert job.run(do) == 1
    assert "The input do is tests, comment or push" in job.said


@needs_bash
def test_the_install_step_installs_this_version(job: Job) -> None:
    python = job.path / "python"
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {job.path}/asked\n', "utf-8")
    python.chmod(0o755)
    job.run("tests", python=str(python), install="true")
    asked = (job.path / "asked").read_text("utf-8").splitlines()
    assert asked[:3] == ["-m", "pip", "install"]
    assert str(ROOT) in asked


@needs_bash
@pytest.mark.parametrize(
    ("comment", "number", "words"),
    [
        ("<!-- pytest-aigen -->\n", "", "not about a pull request"),
        ("<!-- pytest-aigen -->\n", "7/../8", "not about a pull request"),
        ("Hello\n", 7, "not a comment of pytest-aigen"),
        ("<!-- pytest-aigen -->\n" + "x" * 65536, 7, "not a comment of pytest-aigen"),
    ],
    ids=["another event", "no number", "another text", "too long"],
)
def test_no_comment(job: Job, comment: str, number: object, words: str) -> None:
    job.propose(PATCH, comment)
    job.number = number
    assert job.run("comment") == 1
    assert words in job.said
    assert len(job.comments) == 1


@needs_bash
@pytest.mark.parametrize("name", ["comment.md", "tests.patch"])
def test_a_link_to_a_file_of_the_machine(job: Job, name: str) -> None:
    job.propose(PATCH)
    (job.work / "aigen" / name).unlink()
    (job.work / "aigen" / name).symlink_to("/etc/passwd")
    assert job.run("comment" if name == "comment.md" else "push") == 1


NEW = "diff --git a/{0} b/{0}\nnew file mode {1}\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+x = 1\n"
REFUSED = {
    "a workflow": NEW.format(".github/workflows/x.yml", "100644"),
    "Python in a hidden folder": NEW.format(".github/x.py", "100644"),
    "a script": NEW.format("x.sh", "100644"),
    "a program": NEW.format("x.py", "100755"),
    "a link": NEW.format("x.py", "120000"),
    "outside": NEW.format("../x.py", "100644"),
    "inside of git": NEW.format(".git/x.py", "100644"),
    "a mode": "diff --git a/shop.py b/shop.py\nold mode 100644\nnew mode 100755\n",
    "a rename": "diff --git a/shop.py b/x.py\nsimilarity index 100%\nrename from shop.py\nrename to x.py\n",
    "a name in quotes": NEW.format('a"b.py', "100644").replace('b/a"b.py', '"b/a\\"b.py"').replace('a/a"b.py', '"a/a\\"b.py"'),
    "what does not apply": PATCH.replace("price(1)", "price(3)"),
    "no patch": "hello\n",
}  # fmt: skip


@needs_bash
@pytest.mark.parametrize("patch", REFUSED.values(), ids=REFUSED)
def test_a_patch_that_is_not_applied(job: Job, patch: str) -> None:
    job.propose(patch)
    before = job.git("rev-parse", "HEAD")
    assert job.run("push") != 0
    assert job.git("rev-parse", "origin/shipping", "HEAD").split() == [before, before]


@needs_bash
@pytest.mark.parametrize("path", ["test_new.py", "tests/a b/test_é.py"])
def test_a_new_module_is_pushed(job: Job, path: str) -> None:
    job.propose(NEW.format(path, "100644"))
    assert job.run("push") == 0, job.said
    assert job.git("show", f"origin/shipping:{path}") == "x = 1"


@needs_bash
def test_nothing_to_push(job: Job) -> None:
    job.propose("")
    assert job.run("push") == 0
    assert "There are no tests to add" in job.said


@needs_bash
@pytest.mark.parametrize(
    ("branch", "head"), [("main", FORK), ("", HERE), ("main", "")], ids=["fork", "no branch", "gone"]
)
def test_nowhere_to_push(job: Job, branch: str, head: str) -> None:
    """A branch of a fork may have the name of one here."""
    job.propose(PATCH)
    job.branch, job.head = branch, head
    before = job.git("rev-parse", "origin/main")
    assert job.run("push") == 1
    assert job.git("ls-remote", "origin", "main").split()[0] == before


@needs_bash
def test_a_branch_that_moved_is_not_overwritten(job: Job) -> None:
    job.git("commit", "-q", "--allow-empty", "-m", "more")
    job.git("push", "-q", "origin", "shipping")
    job.git("reset", "-q", "--hard", "HEAD~")
    job.propose(PATCH)
    assert job.run("push") != 0
    assert job.git("ls-remote", "origin", "shipping").split()[0] != job.git("rev-parse", "HEAD")


@needs_bash
def test_a_hostile_name_of_a_branch(job: Job) -> None:
    job.branch = "x;touch${IFS}pwned;$(touch${IFS}pwned)"
    job.git("push", "-q", "origin", f"HEAD:refs/heads/{job.branch}")
    job.propose(PATCH)
    assert job.run("push") == 0, job.said
    assert not (job.work / "pwned").exists()
    assert job.branch in job.git("ls-remote", "origin")
