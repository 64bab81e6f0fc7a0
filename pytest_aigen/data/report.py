"""What a run cost and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pytest_aigen.data.coverage import Coverage, Gap, Skipped
from pytest_aigen.data.hurdles import Demand, Left
from pytest_aigen.data.price import Price
from pytest_aigen.data.shard import Shard
from pytest_aigen.data.work import Accepted, Candidate, Edit, Rejected, Target, Trial, Verdict


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked of a model."""

    requests: int = 0
    prompt_tokens: int = 0
    #: Those of the prompt tokens that the provider served from its cache.
    cached_tokens: int = 0
    reply_tokens: int = 0
    #: US dollars, at most; None where a price is not known, and so for any sum with such a part.
    cost: float | None = 0.0
    #: Replies that an earlier run paid for: they are no requests, and cost nothing.
    remembered: int = 0
    #: Those of the requests that no answer came to: they count with the most that they may have used.
    unanswered: int = 0

    def __add__(self, other: Usage) -> Usage:
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Usage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reply_tokens + other.reply_tokens,
            cost,
            self.remembered + other.remembered,
            self.unanswered + other.unanswered,
        )

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.reply_tokens


#: Modes that prove old tests again and generate none.
RECHECKING = ("check", "prune")


class Ended(Enum):
    """Why the loop stopped."""

    COMPLETE = "every target was tried"
    REACHED = "the coverage target is reached"
    BUDGET = "a budget is spent"
    POOR = "too little comes of what the model is asked"
    INTERRUPTED = "interrupted"
    FAULT = "a fault"


@dataclass(frozen=True, slots=True)
class Contract:
    """What says that the code, and not the test that fails, is wrong."""

    #: ``docstring``, ``annotation``, ``name``, ``message``, ``comment``, ``inverse``, ``model``.
    kind: str
    #: The words themselves, as the source has them; with ``model``, the model's own, which stand nowhere in it.
    text: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A refused test that fails because the code does not do what a contract says."""

    rejected: Rejected
    contract: Contract
    #: For a person: a literal, ``>= 0``, ``ValueError is raised``; and what came, as pytest shows it.
    expected: str = ""
    actual: str = ""
    #: The file, runnable by pytest, that keeps the test; None where none was written.
    path: Path | None = None
    #: The call that was judged, as text; empty where the failing assertion is not about one call.
    call: str = ""
    #: Why the model says that the code is wrong; empty where it was not its word.
    said: str = ""

    @property
    def candidate(self) -> Candidate:
        return self.rejected.candidate


class Why(Enum):
    """What became of a test that was generated once."""

    FAILS = "fails"
    GONE = "its target is gone"
    UNREACHED = "does not reach its target any more"
    KILLS_NOTHING = "would not notice if its target broke"
    REFUSED = "is refused by a check"

    @property
    def proves_nothing(self) -> bool:
        """Whether nothing speaks for keeping it; one that fails may be right about the code."""
        return self in (Why.GONE, Why.UNREACHED, Why.KILLS_NOTHING)


@dataclass(frozen=True, slots=True)
class Stale:
    """A test with our comment that is no proof any more."""

    path: Path
    #: Node id within the module; of a row of a table, with the row.
    test: str
    #: What its comment says: ``module:function``.
    subject: str
    why: Why
    #: More about it, for a person.
    reason: str
    #: Its text.
    code: str = ""
    removed: bool = False
    #: Why it could not be removed.
    hindered: str = ""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Secrets that were taken out of what was sent."""

    #: ``aws-key``, ``password``, ``random-string``, ...
    kind: str
    #: The file that they stand in, from the root.
    place: str
    count: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it would be sent."""

    target: Target
    body: bytes
    #: Of the prompt, and the most that the reply may have.
    tokens: int
    reply_tokens: int
    #: The targets that it asks for as well.
    others: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortened:
    """What a model was not told about a target for want of room."""

    target: Target
    #: In words: ``2 definitions``.
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a model is expected to be asked for one target, in all rounds together."""

    target: Target
    prompt_tokens: int
    reply_tokens: int
    #: US dollars; None where the price is not known.
    cost: float | None
    #: Whether the first reply is kept from an earlier run: then all are expected to be, and nothing is paid.
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run is expected to ask a model."""

    #: The name of the model, ``PROVIDER:MODEL``.
    model: str
    #: In the order in which they would be tried.
    expected: tuple[Expected, ...]

    @property
    def prompt_tokens(self) -> int:
        return sum(one.prompt_tokens for one in self.expected)

    @property
    def reply_tokens(self) -> int:
        return sum(one.reply_tokens for one in self.expected)

    @property
    def kept(self) -> int:
        """Targets whose replies are kept from an earlier run."""
        return sum(one.kept for one in self.expected)

    @property
    def cost(self) -> float | None:
        """US dollars; None where the price is not known."""
        costs = [one.cost for one in self.expected]
        return None if None in costs else sum(filter(None, costs))


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
    #: Patch files that keep such edits, by path of the edit.
    patches: Mapping[Path, Path] = field(default_factory=dict)
    suspects: tuple[Suspect, ...] = ()
    #: Node ids of tests that failed or had errors before anything was generated, and of what could not be collected.
    failing: tuple[str, ...] = ()
    #: Targets in the order in which they were, or would be, tried.
    targets: tuple[Target, ...] = ()
    left: tuple[Gap, ...] = ()
    #: Of what is left, what was to be covered, with what stood in the way of each.
    unreached: tuple[Left, ...] = ()
    #: What a model would be asked for that; None where one was asked, or nothing is left for one.
    demand: Demand | None = None
    skipped: tuple[Skipped, ...] = ()
    usage: Usage = Usage()
    #: What the model costs; None where it is not known, or none is asked.
    price: Price | None = None
    #: What a model was expected to be asked before the run began; None where none was to be.
    forecast: Forecast | None = None
    seconds: float = 0.0
    ended: Ended = Ended.COMPLETE
    #: More about the end: which budget, which fault.
    detail: str = ""
    #: Things the user should know, each a sentence.
    notes: tuple[str, ...] = ()
    #: Generated tests that were proven again, and those that could not be.
    proven: tuple[Trial, ...] = ()
    stale: tuple[Stale, ...] = ()
    #: What was, or would be, redacted from requests.
    redacted: tuple[Redaction, ...] = ()
    #: The first request for each target, where the mode is ``preview``.
    outgoing: tuple[Outgoing, ...] = ()
    #: Targets of which a model was, or would be, told less than there was to tell.
    shortened: tuple[Shortened, ...] = ()
    #: The most that they may cost with their replies, in US dollars; None where the price is not known.
    estimate: float | None = None
    #: Layers of the sandbox that were, or would be, on where candidates run; empty where none ran.
    sandbox: tuple[str, ...] = ()
    #: ``--cov-target`` in percent, None where it was not given.
    cov_target: float | None = None
    #: The revision of ``--ai-gen-since``, empty where it was not given: ``before`` and ``after`` are of the changed lines.
    since: str = ""
    #: The command line that started the run, word by word.
    command: tuple[str, ...] = ("pytest", "--ai-gen")
    #: ``--ai-gen-engine``.
    engine: str = "auto"
    #: ``--ai-gen-shard``: the report is of its gaps alone; None where it was not given.
    shard: Shard | None = None
    #: Names of fixtures that each module with an edit sees from elsewhere, where the report is of a shard.
    reserved: Mapping[Path, frozenset[str]] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether the mode is one that writes the edits."""
        return self.mode in ("write", "review", "prune")

    @property
    def rechecks(self) -> bool:
        """Whether the mode is one that proves old tests again and generates none."""
        return self.mode in RECHECKING

    @property
    def accepted(self) -> tuple[Trial, ...]:
        """Trials that were kept, redundant ones left out."""
        dropped = set(map(id, self.redundant))
        kept = (v.trial for v in self.verdicts if isinstance(v, Accepted))
        return tuple(trial for trial in kept if id(trial.candidate) not in dropped)

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        return tuple(v for v in self.verdicts if isinstance(v, Rejected))
