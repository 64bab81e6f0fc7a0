"""From a target to a verdict: what is proposed, joined, run and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.data.coverage import Covered, Gap


@dataclass(frozen=True, slots=True)
class Target:
    """A gap and the module that will hold its tests."""

    gap: Gap
    #: Dotted name under which tests import the source file: ``package.module``.
    module: str
    #: Absolute path of the test module; need not exist yet.
    test_path: Path


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture that is visible where the tests will stand."""

    name: str
    scope: str
    signature: str
    doc: str
    where: str


@dataclass(frozen=True, slots=True)
class Context:
    """All that a generator may tell or use about one target; texts are ready to show."""

    target: Target
    #: What of the gap is missing at this moment; shrinks from round to round.
    left: Gap
    #: The file relative to the root, with forward slashes, as requests name it.
    relative: str
    #: The same for every target of the file: its imports made absolute and its skeleton.
    outline: str
    #: The whole function, missing lines marked.
    source: str
    #: Names defined at the top of the module under test: name -> how a test imports it.
    names: Mapping[str, str]
    #: Signatures and docstrings of what the function refers to.
    definitions: tuple[str, ...] = ()
    #: The nearest existing tests.
    examples: tuple[str, ...] = ()
    fixtures: tuple[Fixture, ...] = ()
    #: Sentences about what the suite did with this code.
    evidence: tuple[str, ...] = ()
    #: Installed test libraries and modes, as far as tests may use them: ``pytest-mock``, ``asyncio: strict``.
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """What collecting and running the user's tests showed."""

    #: Test modules that were collected.
    modules: tuple[Path, ...] = ()
    #: Fixtures with the node id of the folder or module below which each is visible; ``""`` is everywhere.
    fixtures: tuple[tuple[str, Fixture], ...] = ()
    #: Node ids of tests that failed or had errors, and of what could not be collected.
    failed: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """ONE proposed test with the helpers and imports that it needs: a small module of its own."""

    target: Target
    #: Node id within its module: ``test_x`` or ``TestX::test_y``.
    name: str
    code: str
    #: Who proposed it: ``explore``, ``llm``.
    origin: str
    #: The round, from 0, in which it was proposed.
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to one test module, held in memory."""

    path: Path
    #: Text on disk; None where the module does not exist yet.
    before: str | None
    after: str
    #: Node ids, within the module, of the tests that the edit adds.
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where candidates run: all that a warm session has to know about the user's session."""

    #: pytest's rootdir, and the folder from which pytest was started.
    root: Path
    cwd: Path
    #: Arguments of the user's session without its paths.
    args: tuple[str, ...]
    sys_path: tuple[str, ...]
    #: Folders that hold, or will hold, the test modules; need not exist.
    folders: tuple[Path, ...]
    #: Source files to measure.
    sources: tuple[Path, ...]
    branch: bool = True
    #: coverage.py's configuration file, if the user has one.
    cov_config: Path | None = None
    #: Candidates running at once.
    workers: int = 1
    #: What generated tests may do beyond the rules: ``network``, ``subprocess``, ``write=PATH``.
    allow: tuple[str, ...] = ()
    #: Environment variables that they see although they look like credentials.
    keep_env: tuple[str, ...] = ()


class Outcome(Enum):
    """What became of a job."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  #: the module could not be collected, or a fixture raised
    TIMEOUT = "timeout"
    CRASHED = "crashed"  #: the process ended without an answer
    BLOCKED = "blocked"  #: the sandbox said no
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Probe:
    """A function to call in the child instead of tests: ``function(argument)``, both ends picklable.

    Of a generator function each yielded value is sent as it comes, so that what was found before a hang or a crash
    is not lost, and the time limit starts anew.
    """

    #: ``package.module:function``
    function: str
    argument: Any


@dataclass(frozen=True, slots=True)
class Job:
    """One run in a process of its own."""

    #: Test module the tests belong to, as it would stand on disk.
    path: Path
    #: Node ids within the module; empty runs all of it.
    tests: tuple[str, ...]
    #: Files whose text differs from what is on disk; the test module is one of them.
    overlay: Mapping[Path, str] = field(default_factory=dict)
    #: Seconds for one test (and for collecting), from when it starts.
    timeout: float = 10.0
    #: Conditions to run under: ``""``, or ``hashseed`` for a session started with another hash seed.
    variant: str = ""
    probe: Probe | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What happened to a job."""

    outcome: Outcome
    covered: Covered = field(default_factory=dict)
    seconds: float = 0.0
    #: The reason, short enough for a person or a repair request; empty when passed.
    detail: str = ""
    #: What the process printed, cut.
    output: str = ""
    #: Node ids, within the module, of the tests that did not pass.
    failed: tuple[str, ...] = ()
    #: The line of the test module at which the first of them failed; None where none did, or outside a test.
    line: int | None = None
    #: What a probe returned, or the tuple of what it yielded.
    value: Any = None


NOT_RUN = Run(Outcome.NOT_RUN)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A small change to the code under test, which a test that is worth something fails with."""

    path: Path
    line: int
    #: The operator as the literature on mutation testing names it: ``ROR``.
    operator: str
    #: The piece of code that changes, and what stands in its place.
    before: str
    after: str

    def __str__(self) -> str:
        return f"line {self.line}: `{self.before}` becomes `{self.after}`"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check found in favour of a trial."""

    check: str
    #: What it shows, for a person: ``passes under another hash seed``.
    says: str
    #: Mutants of the code under test with which the test fails, and those with which it passes all the same.
    killed: tuple[Mutant, ...] = ()
    survived: tuple[Mutant, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """An edit on its way to a verdict."""

    candidate: Candidate
    edit: Edit
    job: Job
    run: Run = NOT_RUN
    #: What it covers of what is missing now.
    gained: Covered = field(default_factory=dict)
    #: Whether the test stays as it was proposed, in a module whose style is another.
    as_written: bool = False
    #: What checks found in its favour, in the order in which they were asked.
    proofs: tuple[Proof, ...] = ()

    @property
    def killed(self) -> tuple[Mutant, ...]:
        return tuple(mutant for proof in self.proofs for mutant in proof.killed)

    @property
    def survived(self) -> tuple[Mutant, ...]:
        return tuple(mutant for proof in self.proofs for mutant in proof.survived)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which check said no, and a reason that a person can act on."""

    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    trial: Trial

    @property
    def candidate(self) -> Candidate:
        return self.trial.candidate


@dataclass(frozen=True, slots=True)
class Rejected:
    candidate: Candidate
    refusal: Refusal
    run: Run = NOT_RUN


Verdict: TypeAlias = Accepted | Rejected
