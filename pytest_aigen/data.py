"""The records that flow through the line, in pipeline order. Standard library only.

Every record is frozen and picklable: the same objects cross threads, processes and reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

Line: TypeAlias = int
Lines: TypeAlias = frozenset[int]
#: ``(from, to)`` as coverage.py numbers them; a negative ``to`` leaves the scope.
Branch: TypeAlias = tuple[int, int]
Branches: TypeAlias = frozenset[Branch]


@dataclass(frozen=True, slots=True)
class Reached:
    """Lines and branches of one file, as coverage.py numbers them; the sets of a run, or of what is missing."""

    lines: Lines = frozenset()
    branches: Branches = frozenset()

    def __bool__(self) -> bool:
        return bool(self.lines or self.branches)

    def __len__(self) -> int:
        return len(self.lines) + len(self.branches)

    def __or__(self, other: Reached) -> Reached:
        return Reached(self.lines | other.lines, self.branches | other.branches)

    def __and__(self, other: Reached) -> Reached:
        return Reached(self.lines & other.lines, self.branches & other.branches)

    def __sub__(self, other: Reached) -> Reached:
        return Reached(self.lines - other.lines, self.branches - other.branches)


NOTHING = Reached()
#: What was reached, by resolved source file.
Covered: TypeAlias = Mapping[Path, Reached]


# ---------------------------------------------------------------------------------------------- measure


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One source file: what could be executed and what was."""

    path: Path
    statements: Lines
    executed: Lines
    branches: Branches = frozenset()
    taken: Branches = frozenset()

    @property
    def missing(self) -> Reached:
        return Reached(self.statements - self.executed, self.branches - self.taken)

    def plus(self, reached: Reached) -> FileCoverage:
        """The same file after a further run; what is no statement or branch of it is ignored."""
        return replace(
            self,
            executed=self.executed | (reached.lines & self.statements),
            taken=self.taken | (reached.branches & self.branches),
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """All measured files, and which test reached which lines where that was recorded."""

    files: Mapping[Path, FileCoverage]
    #: file -> node id -> lines that this test executed; empty where contexts were not recorded.
    contexts: Mapping[Path, Mapping[str, Lines]] = field(default_factory=dict)

    @property
    def percent(self) -> float:
        """Total coverage in percent as ``coverage report`` computes it, branches included; 100.0 of nothing."""
        whole = sum(len(f.statements) + len(f.branches) for f in self.files.values())
        part = sum(len(f.executed & f.statements) + len(f.taken & f.branches) for f in self.files.values())
        return 100.0 * part / whole if whole else 100.0

    def missing(self, path: Path) -> Reached:
        """What no test reaches in this file; nothing for a file that is not measured."""
        return self.files[path].missing if path in self.files else NOTHING

    def gain(self, covered: Covered) -> Covered:
        """The part of ``covered`` that is missing here, without empty entries."""
        gained = {path: reached & self.missing(path) for path, reached in covered.items()}
        return {path: reached for path, reached in gained.items() if reached}

    def plus(self, covered: Covered) -> Coverage:
        """The coverage after a further run."""
        files = {
            path: file.plus(covered[path]) if path in covered else file for path, file in self.files.items()
        }
        return replace(self, files=files)


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines and branches of one scope (function, method or module body) that no test reaches."""

    path: Path
    #: ``function``, ``Class.method``; ``""`` is the module body, class bodies included.
    qualname: str
    #: First and last line of the whole scope, decorators included.
    first: Line
    last: Line
    lines: Lines
    branches: Branches = frozenset()

    @property
    def missing(self) -> Reached:
        return Reached(self.lines, self.branches)

    @property
    def is_module_body(self) -> bool:
        return not self.qualname

    def left(self, missing: Reached) -> Gap:
        """The same gap, shrunk to what is still missing in its file."""
        return replace(self, lines=self.lines & missing.lines, branches=self.branches & missing.branches)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A gap that is not worth a test, and why."""

    gap: Gap
    reason: str


# ------------------------------------------------------------------------------------- target and context


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


# ------------------------------------------------------------------------------------- generate and merge


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


# ------------------------------------------------------------------------------------------------ verify


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
    #: What a probe returned, or the tuple of what it yielded.
    value: Any = None


NOT_RUN = Run(Outcome.NOT_RUN)


# ------------------------------------------------------------------------------------------------ decide


@dataclass(frozen=True, slots=True)
class Trial:
    """An edit on its way to a verdict."""

    candidate: Candidate
    edit: Edit
    job: Job
    run: Run = NOT_RUN
    #: What it covers of what is missing now.
    gained: Covered = field(default_factory=dict)


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


# ------------------------------------------------------------------------------------------------ report


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked of a model."""

    requests: int = 0
    prompt_tokens: int = 0
    #: Those of the prompt tokens that the provider served from its cache.
    cached_tokens: int = 0
    reply_tokens: int = 0
    #: US dollars; None where a price is not known, and so for any sum with such a part.
    cost: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Usage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reply_tokens + other.reply_tokens,
            cost,
        )

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.reply_tokens


class Ended(Enum):
    """Why the loop stopped."""

    COMPLETE = "every target was tried"
    REACHED = "the coverage target is reached"
    BUDGET = "a budget is spent"
    INTERRUPTED = "interrupted"
    FAULT = "a fault"


@dataclass(frozen=True, slots=True)
class Report:
    """All that the run can tell; reporters compute nothing anew."""

    root: Path
    mode: str
    before: Coverage
    after: Coverage
    verdicts: tuple[Verdict, ...] = ()
    #: One per touched test module, as it was or would be written.
    edits: tuple[Edit, ...] = ()
    #: Accepted tests that others made redundant, and so were not written.
    redundant: tuple[Candidate, ...] = ()
    #: Edits that could not be written, by path, with the reason.
    unwritten: Mapping[Path, str] = field(default_factory=dict)
    suspects: tuple[Rejected, ...] = ()
    #: Targets in the order in which they were, or would be, tried.
    targets: tuple[Target, ...] = ()
    left: tuple[Gap, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    usage: Usage = Usage()
    seconds: float = 0.0
    ended: Ended = Ended.COMPLETE
    #: More about the end: which budget, which fault.
    detail: str = ""
    #: Things the user should know, each a sentence.
    notes: tuple[str, ...] = ()
    #: ``--cov-target`` in percent, None where it was not given.
    cov_target: float | None = None

    @property
    def accepted(self) -> tuple[Trial, ...]:
        """Trials that were kept, redundant ones left out."""
        dropped = set(map(id, self.redundant))
        kept = (v.trial for v in self.verdicts if isinstance(v, Accepted))
        return tuple(trial for trial in kept if id(trial.candidate) not in dropped)

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        return tuple(v for v in self.verdicts if isinstance(v, Rejected))


EMPTY: Mapping[Any, Any] = MappingProxyType({})
