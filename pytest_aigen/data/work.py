"""From a target to a verdict: what is proposed, joined, run and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.data.coverage import Covered, Gap
from pytest_aigen.data.mutants import Change, Mutant
from pytest_aigen.data.suite import Fixture, Observation


@dataclass(frozen=True, slots=True)
class Target:
    """A gap and the module that will hold its tests."""

    gap: Gap
    #: Dotted name under which tests import the source file: ``package.module``.
    module: str
    #: Absolute path of the test module; need not exist yet.
    test_path: Path


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
    #: Those of the test module itself, which no test of another module can use.
    own_fixtures: tuple[Fixture, ...] = ()
    #: Sentences about what the suite did with this code.
    evidence: tuple[str, ...] = ()
    #: Calls that the suite made of functions in the file.
    observations: tuple[Observation, ...] = ()
    #: Installed test libraries and modes, as far as tests may use them: ``pytest-mock``, ``asyncio: strict``.
    tools: tuple[str, ...] = ()
    #: The test module relative to the root, and what tests find at its top.
    test_module: str = ""
    at_hand: str = ""
    #: The test module as it is; empty where there is none yet.
    beside: str = ""
    #: What the nearest tests use of test modules that are others, each with its path.
    helpers: tuple[str, ...] = ()
    #: Code of the fixtures that are most likely to be needed.
    fixture_code: tuple[str, ...] = ()
    #: Signatures of what the function uses of libraries.
    libraries: tuple[str, ...] = ()
    #: Of a web handler, the requests that reach it, and how a test makes them.
    routes: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    #: Names of fixtures that come with installed plugins, by the plugin.
    plugin_fixtures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: What was left out for want of room: ``2 definitions``.
    omitted: tuple[str, ...] = ()
    #: Of targets that are asked for in the same request; what these refer to stands here as well.
    others: tuple[Context, ...] = ()
    #: Says what is known of a name that the module has, or of a dotted one; None where nobody can be asked.
    look_up: Callable[[str], str] | None = field(default=None, compare=False, repr=False)

    @property
    def parts(self) -> tuple[Context, ...]:
        """The contexts of all targets of the request, in order."""
        return self, *self.others


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
    #: Of a test that failed and is named again: why the code, and not the test, is said to be wrong.
    accuses: str = ""
    #: The other targets of the request that it answers, which it may be about as well.
    others: tuple[Target, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """What it may be about, its own target first."""
        return self.target, *self.others


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


#: What becomes of a test that notices a mutant.
KILLED = frozenset({Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASHED})


@dataclass(frozen=True, slots=True)
class Probe:
    """A function to call in the child instead of tests: ``function(argument)``, both ends picklable.

    Of a generator function each yielded value is sent as it comes, so that what was found before a hang or a crash
    is not lost, and the time limit starts anew.
    """

    #: ``package.module:function``
    function: str
    argument: Any
    #: A function of ours, in the same form, to call before the sandbox is put on: it loads what loads libraries of its own.
    first: str = ""
    #: Whether the function takes a second argument: `FixtureValues` of the test module of the job.
    wants_fixtures: bool = False
    #: Modules that it imports; sources among them may be imported before its process is forked.
    imports: tuple[str, ...] = ()


#: By how much `Condition.DATE` moves the date.
DAYS = 400


class Condition(Enum):
    """In what a run differs from the usual one; the value says it to a person."""

    HASH_SEED = "with another hash seed"
    #: More of those, each in a session of its own: the order of a small set is the same with two by chance.
    HASH_SEED_3 = "with a third hash seed"
    HASH_SEED_4 = "with a fourth hash seed"
    HASH_SEED_5 = "with a fifth hash seed"
    HASH_SEED_6 = "with a sixth hash seed"
    HASH_SEED_7 = "with a seventh hash seed"
    RANDOM_SEED = "with another random seed"
    ZONE = "in another time zone"
    LOCALE = "with another locale"
    DATE = f"with the date {DAYS} days later"
    #: What `DATE` does, by no days: what fails with it too does not fail for the date.
    SAME_DATE = "with a replaced clock that shows today"
    #: Not by whole days, hours or minutes.
    MOMENT = "at another time of another day"
    #: Half a day from `MOMENT`, on a day of the week's other part: what says morning or day, weekday or weekend, differs
    #: from now in one of the two.
    OTHER_MOMENT = "half a day later than that, in the other part of the week"
    FOLDER = "in another working directory"
    TMPDIR = "with another TMPDIR"
    TWICE = "twice in one process"
    REVERSED = "in reversed order"


#: Those for which no session is kept.
MORE_HASH_SEEDS = (
    Condition.HASH_SEED_3,
    Condition.HASH_SEED_4,
    Condition.HASH_SEED_5,
    Condition.HASH_SEED_6,
    Condition.HASH_SEED_7,
)


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
    conditions: frozenset[Condition] = frozenset()
    #: Test modules that run whole in the same process, all modules in the order of their paths.
    others: tuple[Path, ...] = ()
    probe: Probe | None = None
    #: What the tests are run with once more each, after a run without; executors that cannot do so ignore it.
    changes: tuple[Change, ...] = ()
    #: Only which changes they fail with is asked: one with which they pass in a process that others were tried in before,
    #: where something stored may hide it, is not tried again alone.
    only_failing: bool = False
    #: Whether the same tests may soon be run with changes: the process may wait for that.
    waits: bool = False


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
    #: Node ids, within the module, of the tests that did not pass; whole ones where the job has others.
    failed: tuple[str, ...] = ()
    #: The line of the test module at which the first of them failed; None where none did, or outside a test.
    line: int | None = None
    #: What a probe returned, or the tuple of what it yielded.
    value: Any = None
    #: What became of the tests with each change of the job, in order, as far as it came; NOT_RUN where a change could
    #: not be applied or makes no difference to what is executed.
    changed: tuple[Outcome, ...] = ()
    #: The conditions of the job that the process could bring about, and by what: ``TZ=Asia/Kolkata``.
    under: Mapping[Condition, str] = field(default_factory=dict)


NOT_RUN = Run(Outcome.NOT_RUN)


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
    #: Mutants of its target, and of what else it executes, with which all tests that were kept so far pass.
    survivors: tuple[Mutant, ...] = ()
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
    #: Of several tests that were judged together, the node ids of those that are to blame, where the check can tell.
    tests: tuple[str, ...] = ()


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
