"""What `pytest --ai-gen` does in well-known packages as they are.

python benchmarks/repositories.py --folder FOLDER [PACKAGE ...]

Each package's source distribution is unpacked below FOLDER, committed to a git repository of its own, and installed in an
environment of its own with this checkout of pytest-aigen. A PACKAGE whose source distribution has no tests is given as
NAME=REPOSITORY, and cloned from that git repository. There run, with no other configuration than the package's own:
`pytest --cov`; `pytest --ai-gen` with the offline engine; the suite again; and, with pytest-randomly, the suite in random
order with and without the new tests. What came of it is kept in FOLDER/PACKAGE.json, and a package that has such a file
is passed over, so that a run can be resumed. In the end all results are printed as a table.
This project itself is one of them (pytest-aigen=.): the plugin that runs is then the one of the clone.
The checkout is installed as editable: nothing in it may change while a package is measured.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import venv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parents[1]
#: What each package's suite needs besides the package and pytest.
PACKAGES: Mapping[str, Sequence[str]] = {
    "attrs": ("cloudpickle", "hypothesis", "pympler"),
    "click": (),
    "flask": ("asgiref", "pytest<9", "python-dotenv"),
    "httpx": (
        "anyio",
        "brotli",
        "chardet",
        "click",
        "h2",
        "rich",
        "socksio",
        "trio",
        "trustme",
        "uvicorn",
        "zstandard",
    ),
    "itsdangerous": ("freezegun",),
    "jinja2": ("trio",),
    "markdown-it-py": ("linkify-it-py", "mdit-py-plugins", "pytest-regressions"),
    "more-itertools": (),
    "packaging": ("hypothesis", "pretend", "tomli_w"),
    "pluggy": (),
    "pytest-aigen": (),
    "requests": ("pytest-httpbin", "pytest-mock", "pysocks", "trustme"),
    "rich": ("attrs",),
    "tomlkit": ("pyyaml",),
    "werkzeug": (
        "cffi",
        "cryptography",
        "ephemeral-port-reserve",
        "pytest-timeout",
        "pytest-xprocess",
        "watchdog",
    ),
}
#: The package that is the plugin itself.
ITSELF = "pytest-aigen"
GENERATE = ("--ai-gen", "--ai-gen-engine=explore", "--ai-gen-max-time=120")
LEFT_BEHIND = (
    ".coverage*",
    "__pycache__/",
    ".pytest_cache/",
    ".hypothesis/",
    ".pytest_aigen/",
    "*.egg-info/",
    "build/",
)


class Suite(NamedTuple):
    """How one run of a suite ended."""

    status: int
    seconds: float
    #: Outcome by test.
    tests: dict[str, str]
    #: The last lines of the output.
    tail: str


class Repository(NamedTuple):
    """A package that is unpacked, committed and installed."""

    path: Path
    python: Path
    #: What every run of pytest is given.
    arguments: Sequence[str] = ()

    def version(self) -> str:
        """Of a source distribution its name, of a clone the name and the version that is installed."""
        name = self.path.parent.name
        if self.path.name != name:
            return self.path.name
        ask = f"import importlib.metadata; print(importlib.metadata.version({name!r}))"
        told = subprocess.run([str(self.python), "-c", ask], check=True, capture_output=True, text=True)
        return f"{name}-{told.stdout.strip()}"

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=b", "-c", "user.email=b@example.org", "-c", "commit.gpgsign=false")
        command = ["git", *who, "-c", "core.autocrlf=false", *arguments]
        return subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True).stdout

    def ignore_new_files(self) -> None:
        """What the suite itself leaves behind is no change."""
        found = self.git("ls-files", "--others", "--exclude-standard").splitlines()
        with (self.path / ".git/info/exclude").open("a") as excluded:
            excluded.writelines(f"\n/{name}" for name in found)

    def pytest(self, *options: str) -> Suite:
        """Runs in the repository; the junit file that tells the tests lies beside it."""
        told = self.path.parent / "junit.xml"
        told.unlink(missing_ok=True)
        command = [str(self.python), "-m", "pytest", "-q", f"--junitxml={told}", *options, *self.arguments]
        start = time.monotonic()
        with (self.path.parent / "pytest.log").open("a") as log:
            log.write(f"$ pytest {' '.join((*options, *self.arguments))}\n")
            log.flush()
            at = log.tell()
            status = subprocess.run(command, cwd=self.path, stdout=log, stderr=subprocess.STDOUT).returncode
        seconds = time.monotonic() - start
        said = (self.path.parent / "pytest.log").read_text(errors="replace")[at:]
        return Suite(status, round(seconds, 1), outcomes(told), "\n".join(said.splitlines()[-15:]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"default: {' '.join(PACKAGES)}")
    parser.add_argument(
        "--folder", type=Path, required=True, help="where all is unpacked, installed and kept"
    )
    parser.add_argument(
        "--arguments",
        default="",
        help="what every run of pytest is given, such as the folders of a suite that takes too long as a whole",
    )
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for package in options.packages or PACKAGES:
        name, _, origin = package.partition("=")
        kept = folder / f"{name}.json"
        if not kept.exists():
            print(f"{name} ...", file=sys.stderr, flush=True)
            repository = prepared(name, origin, folder)._replace(arguments=shlex.split(options.arguments))
            kept.write_text(json.dumps(measured(repository), indent=1))
    print(table({path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}))


def prepared(name: str, origin: str, folder: Path) -> Repository:
    """The package, unpacked or cloned, installed and committed; fails where the index has no source distribution."""
    place = folder / name
    python = place / "venv/bin/python"
    if not python.exists():
        venv.create(place / "venv", with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-q"]
    path = cloned(origin, place) if origin else unpacked(name, place, pip)
    editable = ["-e", f"{path}[test]"] if name == ITSELF else ["-e", str(path), "-e", str(HERE)]
    needs = ["pytest", "pytest-cov", *PACKAGES.get(name, ())]
    if not (installed := place / "installed").exists():
        subprocess.run([*pip, "install", *editable, *needs], check=True)
        installed.touch()
    repository = Repository(path, python)
    if not (path / ".git/refs/tags/as-it-is").exists():
        repository.git("init", "-q")
        (path / ".git/info/exclude").write_text("\n".join(LEFT_BEHIND) + "\n")
        repository.git("add", "-A", "-f", ".")
        repository.git("commit", "-q", "--allow-empty", "-m", "as it is")
        repository.git("tag", "as-it-is")
    return repository


def unpacked(name: str, place: Path, pip: Sequence[str]) -> Path:
    """The package's source distribution, as a folder."""
    if not list(place.glob("*.tar.gz")):
        fetch = ["download", "--no-deps", "--no-binary", name, "-d", str(place), name]
        subprocess.run([*pip, *fetch], check=True)
    (archive,) = place.glob("*.tar.gz")
    path = place / archive.name.removesuffix(".tar.gz")
    if not path.exists():
        with tarfile.open(archive) as opened:
            opened.extractall(place, filter="data")
    return path


def cloned(origin: str, place: Path) -> Path:
    """What a git repository has now, without its history."""
    if not (path := place / place.name).exists():
        subprocess.run(["git", "clone", "-q", str(Path(origin).resolve()), str(path)], check=True)
        shutil.rmtree(path / ".git")
    return path


def measured(repository: Repository) -> dict[str, object]:
    """All runs, and what they tell."""
    report = repository.path.parent / "aigen.json"
    repository.git("checkout", "-q", "-f", "-B", "work", "as-it-is")
    repository.git("clean", "-q", "-f", "-d")
    plain = repository.pytest("--cov", f"--cov-report=json:{repository.path.parent / 'plain.json'}")
    repository.ignore_new_files()
    generated = repository.pytest(*GENERATE, f"--ai-gen-report=json:{report}")
    told = json.loads(report.read_text()) if report.exists() else {}
    changes = changed(repository)
    again = with_new(repository, changes["files"]).pytest()
    install = [str(repository.python), "-m", "pip", "-q", "install", "pytest-randomly"]
    subprocess.run(install, check=True)
    order = ("-p", "randomly", "-p", "no:cacheprovider", "--randomly-seed=1")
    shuffled = with_new(repository, changes["files"]).pytest(*order)
    repository.git("commit", "-q", "--allow-empty", "-a", "-m", "with what is new")
    repository.git("checkout", "-q", "as-it-is")
    before = repository.pytest(*order)
    repository.git("checkout", "-q", "work")
    subprocess.run([*install[:-2], "uninstall", "-y", "pytest-randomly"], check=True)
    unsteady = {*worse(plain, before), *worse(before, plain)}
    new = sorted(again.tests.keys() - plain.tests.keys())
    return {
        "version": repository.version(),
        "plain": summary(plain),
        "plain_percent": percent(repository.path.parent / "plain.json"),
        "generated": {**summary(generated), "tail": generated.tail},
        "ended": told.get("ended"),
        "before": told.get("coverage", {}).get("before", {}).get("percent"),
        "after": (told.get("coverage", {}).get("after") or {}).get("percent"),
        "new_tests": len(new),
        "new_failing": [name for name in new if again.tests[name] in ("failed", "error")],
        "again": {**summary(again), "worse": sorted({*worse(plain, again)} - unsteady)},
        "random": {**summary(shuffled), "worse": sorted({*worse(before, shuffled)} - unsteady)},
        # Of the two runs without new tests, one in random order, they fail in one only.
        "unsteady": sorted(unsteady),
        "new_failing_in_random_order": [
            name for name in new if shuffled.tests.get(name) in ("failed", "error")
        ],
        "baseline_differs": differing(repository.path.parent / "plain.json", told),
        **changes,
    }


def with_new(repository: Repository, files: Sequence[str]) -> Repository:
    """Where only some folders run: those files too, as a new test may stand in another one."""
    narrow = any((repository.path / argument).exists() for argument in repository.arguments)
    return repository._replace(arguments=(*repository.arguments, *files)) if narrow else repository


def changed(repository: Repository) -> dict[str, list[str]]:
    """Files that differ from the commit, and the lines of it that are gone (imports may take further names)."""
    repository.git("add", "-A", "-N", ".")
    names = repository.git("diff", "--name-only").split()
    lines = repository.git("diff", "-U0").splitlines()
    gone = [line[1:] for line in lines if re.match(r"-(?!--)", line)]
    return {
        "files": names,
        "not_tests": [
            name for name in names if not re.search(r"(^|/)(test_[^/]*|[^/]*_test|tests)\.py$", name)
        ],
        "removed": [
            line for line in gone if line.strip() and not line.lstrip().startswith(("from ", "import "))
        ],
    }


def differing(plain: Path, report: Mapping[str, object]) -> list[str]:
    """Source files in which the run with ``--ai-gen`` starts from other lines than ``pytest --cov`` finds covered."""
    if not plain.exists() or not report:
        return ["no measurement"]
    by_cov = json.loads(plain.read_text())["files"]
    by_us: Mapping[str, Mapping[str, int]] = report["coverage"]["before"]["files"]  # type: ignore[index]
    told = {
        name: (by_cov[name]["summary"]["covered_lines"], by_us[name]["executed"])
        for name in sorted(by_cov.keys() & by_us.keys())
    }
    return [f"{name}: {plain} / {ours}" for name, (plain, ours) in told.items() if plain != ours]


def outcomes(junit: Path) -> dict[str, str]:
    """Outcome by test, from a junit file; empty where there is none."""
    if not junit.exists():
        return {}
    found: dict[str, str] = {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        kind = "failed" if kinds & {"failure", "error"} else "skipped" if kinds else "passed"
        name = f"{case.get('classname')}::{case.get('name')}"
        if found.get(name) != "failed":
            found[name] = kind
    return found


def worse(before: Suite, after: Suite) -> list[str]:
    """Tests that were there, and did not fail, and now fail or are gone."""
    return sorted(
        name
        for name, outcome in before.tests.items()
        if outcome != "failed" and after.tests.get(name, "failed") == "failed"
    )


def summary(suite: Suite) -> dict[str, object]:
    told = list(suite.tests.values())
    counts = {kind: told.count(kind) for kind in ("passed", "failed", "skipped")}
    return {"status": suite.status, "seconds": suite.seconds, **counts}


def percent(path: Path) -> float | None:
    if not path.exists():
        return None
    return float(json.loads(path.read_text())["totals"]["percent_covered"])


def table(results: Mapping[str, dict[str, object]]) -> str:
    """Markdown, a row for each package."""
    head = "| package | own suite | exit status, plain / with `--ai-gen` | baseline | before → after | tests added | seconds | suite after | random order | diff |"
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    lines += [f"| {' | '.join(row(result))} |" for result in results.values()]
    return "\n".join(lines)


def row(result: Mapping[str, object]) -> Iterable[str]:
    def part(name: str) -> Mapping[str, object]:
        value = result[name]
        assert isinstance(value, dict)
        return value

    def rounded(value: object) -> str:
        return f"{value:.1f}" if isinstance(value, float | int) else "none"

    def verdict(worse: object, failing: object) -> str:
        told = [("own tests fail", worse), ("new tests fail", failing)]
        return ", ".join(f"{len(n)} {what}" for what, n in told if isinstance(n, list) and n) or "as before"

    plain = part("plain")
    yield str(result["version"])
    yield f"{plain['passed']} pass, {plain['failed']} fail"
    yield f"{plain['status']} / {part('generated')['status']}"
    baseline = result["baseline_differs"]
    yield f"differs: {len(baseline)} files" if isinstance(baseline, list) and baseline else "same lines"
    yield f"{rounded(result['before'])} → {rounded(result['after'])}"
    yield str(result["new_tests"])
    yield f"{plain['seconds']} → {part('generated')['seconds']}"
    yield verdict(part("again")["worse"], result["new_failing"])
    yield verdict(part("random")["worse"], result["new_failing_in_random_order"])
    odd = [str(line) for key in ("not_tests", "removed") for line in result[key]]  # type: ignore[attr-defined]
    yield f"{len(odd)} oddities" if odd else "additions"


if __name__ == "__main__":
    main()
