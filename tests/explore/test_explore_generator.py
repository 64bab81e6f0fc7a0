from __future__ import annotations

import ast
import asyncio
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_aigen.data import NOT_RUN, Candidate, Context, Gap, Refusal, Rejected, Target
from pytest_aigen.explore import probe
from pytest_aigen.explore.generator import Explore, share
from pytest_aigen.explore.offer import pytest_aigen_generator
from pytest_aigen.settings import Settings
from tests.explore.forks import Forks
from tests.explore.samples import SAMPLES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="probes run in forks here")

Propose = Callable[..., list[Candidate]]

METHODS = ["__init__", "push", "pop", "__len__", "__eq__", "__contains__", "top", "of", "twice"]
EVERY = [
    ("clamps", "clamp", 3),
    ("durations", "parse_duration", 3),
    *(("stacks", f"Stack.{name}", 1) for name in METHODS),
    ("shapes", "paint", 2),
    ("shapes", "mirror", 1),
    ("shapes", "third", 1),
    ("shapes", "rounded", 1),
    ("shapes", "year", 1),
    ("shapes", "suffix", 1),
    ("shapes", "level", 1),
    ("shapes", "other", 1),
    ("kinds", "double", 1),
    ("kinds", "count", 1),
    ("kinds", "forever", 1),
    ("kinds", "opened", 1),
    ("kinds", "greet", 1),
    ("kinds", "shout", 1),
    ("kinds", "ends", 2),
    ("kinds", "halves", 1),
    ("kinds", "outer", 1),
    ("says", "old", 1),
    ("says", "reports", 1),
    ("says", "complains", 1),
    ("says", "register", 1),
    ("says", "counts", 1),
    ("things", "Version.bump", 1),
    ("things", "Car.twin", 1),
    ("things", "points", 1),
    ("things", "separated", 1),
    ("looped", "Client.send", 2),
    ("looped", "Room.__aenter__", 1),
    ("looped", "Door.__aexit__", 1),
    ("looped", "Pages.__anext__", 1),
    ("looped", "later", 2),
    ("versions", "Version.__hash__", 1),
    ("hard", "deep", 1),
    ("hard", "floods", 1),
    ("hard", "asks", 1),
    ("hard", "remembers", 1),
]


def run(folder: Path, candidates: list[Candidate], seed: str) -> subprocess.CompletedProcess[str]:
    for number, candidate in enumerate(candidates):
        (folder / f"test_{number}_generated.py").write_text(candidate.code)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:aigen", "-p", "no:cacheprovider", "-W", "ignore", f"--rootdir={folder}", "."],
        cwd=folder, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(folder)}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("module", sorted({module for module, _, _ in EVERY}))
def test_generated_tests_pass_and_say_something(module: str, propose: Propose, tmp_path: Path) -> None:
    everything: list[Candidate] = []
    for name, qualname, least in EVERY:
        if name == module:
            found = propose(module, qualname)
            assert len(found) >= least, qualname
            everything += found
    for candidate in everything:
        assert re.search(r"\bassert |pytest\.(?:raises|warns)\(", candidate.code)
        assert not re.search(r"0x[0-9a-f]{6}|var_\d|xfail", candidate.code)
        assert (
            len([node for node in ast.parse(candidate.code).body if isinstance(node, ast.FunctionDef)]) == 1
        )
        assert candidate.origin == "explore"
    for seed in ("1", "2"):
        done = run(tmp_path, everything, seed)
        assert done.returncode == 0, done.stdout
        assert f"{len(everything)} passed" in done.stdout


@pytest.mark.parametrize(
    ("module", "qualname"), [(module, qualname) for module, qualname, _ in EVERY if module != "hard"]
)
def test_a_thread_finds_the_same_as_a_fork(module: str, qualname: str, propose: Propose) -> None:
    here = [candidate.code for candidate in propose(module, qualname, here=True)]
    assert here
    assert here == [candidate.code for candidate in propose(module, qualname)]


def test_a_function_has_its_share_of_a_module_whoever_is_searched_before(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(
        "class Cart:\n    def add(self):\n        self.n = 1\n        return self\n"
        "if True:\n    def price():\n        def inner():\n            pass\n"
    )
    assert [share(path, name) for name in ("Cart.add", "price", "elsewhere")] == [0.5, 0.5, 1 / 6]


def test_a_hash_is_that_of_an_equal_object(propose: Propose) -> None:
    codes = "".join(candidate.code for candidate in propose("versions", "Version.__hash__"))
    assert re.search(r"assert hash\(version\) == hash\(Version\(", codes)
    assert propose("versions", "Alone.__hash__") == []


@pytest.mark.parametrize(("module", "qualname"), [("stacks", "Stack.push"), ("hard", "remembers")])
def test_what_is_worked_out_before_the_fork_changes_nothing(
    module: str, qualname: str, propose: Propose
) -> None:
    alone = [candidate.code for candidate in propose(module, qualname)]
    importlib.import_module(module)
    probe.foresee(module)
    assert probe._plain.cache_info().currsize
    assert alone == [candidate.code for candidate in propose(module, qualname)]


@pytest.mark.parametrize(
    "qualname", ["accident", "silent", "writes", "guesses", "remembers", "asks", "deep", "address"]
)
def test_a_thread_refuses_the_same_as_a_fork(qualname: str, propose: Propose) -> None:
    here = [candidate.code for candidate in propose("hard", qualname, here=True)]
    assert here == [candidate.code for candidate in propose("hard", qualname)]


def test_what_a_person_would_write(propose: Propose) -> None:
    names = [candidate.name for candidate in propose("clamps", "clamp")]
    assert "test_clamp_returns_low_when_value_is_below_low" in names
    assert "test_clamp_returns_high_when_value_is_above_high" in names
    codes = "".join(candidate.code for candidate in propose("durations", "parse_duration"))
    assert 'assert parse_duration("3m") == 180' in codes
    assert "def test_parse_duration_rejects_unknown_unit():" in codes
    assert "def test_parse_duration_rejects_empty_duration():" in codes


def test_setters_are_told_from_getters(propose: Propose) -> None:
    assert any("stack.size = " in c.code for c in propose("stacks", "Stack.size", number=1))
    assert all("stack.size = " not in c.code for c in propose("stacks", "Stack.size", number=0))


@pytest.mark.parametrize(
    "qualname", ["removes", "writes", "guesses", "stamps", "unordered", "address", "accident", "silent"]
)
def test_no_test_without_a_stable_oracle(qualname: str, propose: Propose, tmp_path: Path) -> None:
    codes = [candidate.code for candidate in propose("hard", qualname, variants=qualname == "unordered")]
    if qualname == "removes":
        codes = [code for code in codes if 'removes("")' not in code]
    assert codes == []
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".py") == ["hard.py"]


@pytest.mark.parametrize("qualname", ["never", "swallows"])
def test_hangs_do_not_stop_the_search(qualname: str, propose: Propose) -> None:
    assert any(
        f"{qualname}(2) == 2" in c.code or f"{qualname}(1) == 1" in c.code for c in propose("hard", qualname)
    )


def test_crashes_lose_nothing(propose: Propose) -> None:
    codes = "".join(candidate.code for candidate in propose("hard", "dies"))
    assert '"lives"' in codes
    assert '"minus one"' in codes


def _context(path: Path, gap: Gap) -> Context:
    return Context(Target(gap, path.stem, path.parent / "test_x.py"), gap, path.name, "", "", {})


async def _all(engine: Explore, context: Context, history: tuple[Rejected, ...] = ()) -> list[Candidate]:
    return [candidate async for candidate in engine.propose(context, history)]


@pytest.mark.parametrize(
    ("qualname", "lines"),
    [("", {1}), ("unknown", {3}), ("clamp", set()), ("clamp.inner.deeper", {99})],
    ids=["module body", "unknown", "nothing missing", "out of reach"],
)
def test_nothing_to_propose(qualname: str, lines: set[int], sample: Callable[[str], Path]) -> None:
    path = sample("clamps")
    assert (
        asyncio.run(_all(Explore(Forks()), _context(path, Gap(path, qualname, 1, 9, frozenset(lines))))) == []
    )


def test_a_module_that_cannot_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "broken_module.py"
    path.write_text("import sys\ndef f(): pass\nsys.exit(1)\n")
    assert asyncio.run(_all(Explore(Forks()), _context(path, Gap(path, "f", 2, 2, frozenset({2}))))) == []


def test_one_round_only(sample: Callable[[str], Path]) -> None:
    path = sample("clamps")
    gap = Gap(path, "clamp", 2, 7, frozenset({3, 4}))
    engine, executor = Explore(forks := Forks()), forks
    first = asyncio.run(_all(engine, _context(path, gap)))
    asked = len(executor.jobs)
    history = (Rejected(first[0], Refusal("gain", "no"), NOT_RUN),)
    assert asyncio.run(_all(engine, _context(path, gap), history)) == []
    assert len(executor.jobs) == asked


def test_only_what_is_missing_is_tested(sample: Callable[[str], Path]) -> None:
    path = sample("clamps")
    found = asyncio.run(_all(Explore(Forks()), _context(path, Gap(path, "clamp", 2, 7, frozenset({6})))))
    assert [candidate.name for candidate in found] == ["test_clamp_returns_high_when_value_is_above_high"]


ONCE_MORE = ("parse_duration", "Stack.pop", "Stack.of", "paint", "shout", "remembers")

SCRIPT = """
import asyncio, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from tests.explore.conftest import whole
from tests.explore.forks import Forks
from pytest_aigen.data import Context, Target
from pytest_aigen.explore.generator import Explore
async def main():
    for name, qualname in {targets!r}:
        path = Path({folder!r}, name + ".py")
        gap = whole(path, qualname)
        context = Context(Target(gap, name, path.parent / "test_x.py"), gap, path.name, "", "", {{}})
        async for candidate in Explore(Forks()).propose(context, ()):
            print(candidate.name); print(candidate.code)
asyncio.run(main())
"""


def written(folder: Path, targets: list[tuple[str, str]], hash_seed: str) -> str:
    """The tests of these functions of the samples, as a fresh process writes them."""
    for name in SAMPLES:
        (folder / f"{name}.py").write_text(SAMPLES[name])
    root = str(Path(__file__).parent.parent.parent)
    script = SCRIPT.format(paths=[str(folder), root], targets=targets, folder=str(folder))
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [sys.executable, "-Wdefault", "-c", script], env=env, capture_output=True, text=True, check=True
    ).stdout


def test_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    targets = [(module, qualname) for module, qualname, _ in EVERY if qualname in ONCE_MORE]
    texts = [written(tmp_path, targets, seed) for seed in ("0", "1", "31337")]
    assert texts[0].count("def test_") >= 8
    assert texts[0] == texts[1] == texts[2]


def test_the_first_warning_of_a_process(tmp_path: Path) -> None:
    """It is shown with its line, which is read from the file; pytest, which records warnings, shows none."""
    assert "pytest.warns(DeprecationWarning" in written(tmp_path, [("says", "old")], "0")


def test_the_hook_answers_to_its_name() -> None:
    settings = Settings()
    found = pytest_aigen_generator("explore", None, Forks(), settings)
    assert found is not None
    assert found.name == "explore"
    assert pytest_aigen_generator("llm", None, Forks(), settings) is None


@pytest.mark.parametrize(
    ("module", "qualname", "expected"),
    [
        ("says", "old", 'with pytest.warns(DeprecationWarning, match="old is deprecated, use new"):\n        result = old('),
        ("says", "reports", "assert caplog.messages == ["),
        ("says", "complains", "assert capsys.readouterr().err == "),
        ("says", "register", 'monkeypatch.setattr("says.REGISTRY", {})'),
        ("says", "register", "assert says.REGISTRY == {"),
        ("says", "counts", 'monkeypatch.setattr("says.COUNT", 0)\n    assert counts() == 10'),
        ("things", "Version.bump", "assert version.bump() == Version(major="),
        ("things", "Car.twin", "assert result.engine.power == "),
        ("things", "points", "pytest.approx("),
    ],
)  # fmt: skip
def test_what_is_observed(module: str, qualname: str, expected: str, propose: Propose) -> None:
    assert any(expected in candidate.code for candidate in propose(module, qualname))


def test_what_calls_log_does_not_pile_up(propose: Propose, caplog: pytest.LogCaptureFixture) -> None:
    assert propose("says", "reports", here=True)
    assert not caplog.records
