"""What extensions implement: five protocols with few members, so that a fake is ten lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from enum import Enum
from typing import ClassVar, Literal, Protocol

from pytest_aigen.data import Candidate, Context, Job, Progress, Proof, Refusal, Run, Trial, Usage, Verdict


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may ask to have called, with one text as its argument."""

    name: str
    description: str
    #: Name and description of the argument.
    argument: str
    about: str


@dataclass(frozen=True, slots=True)
class Call:
    """What a model asks for before it replies."""

    id: str
    tool: str
    #: A JSON object, as the model wrote it.
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant", "tool"]
    content: str
    #: Of the assistant: what it asked for.
    calls: tuple[Call, ...] = ()
    #: Of a tool: the `Call.id` that it answers.
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One chat completion."""

    messages: tuple[Message, ...]
    #: The most tokens a reply may have.
    max_reply_tokens: int = 4096
    temperature: float | None = None
    #: ``low``, ``medium``, ``high``, or what else a model knows.
    reasoning_effort: str | None = None
    #: Asks a model for the same reply each time, as far as it can.
    seed: int | None = None
    #: What the model may ask for, and whether it may still.
    tools: tuple[Tool, ...] = ()
    may_call: bool = True

    def key(self) -> str:
        """A hash of the whole request, the same in every process."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    #: Where its cost is None, the ledger finds it by the price.
    usage: Usage = Usage(requests=1, cost=None)
    #: Why the model stopped: ``stop``, ``length``, ``content_filter``.
    finish: str = "stop"
    #: What the model asks for before it goes on; it wants these answered.
    calls: tuple[Call, ...] = ()


class Calls(Protocol):
    """What a model that tries again says of each of its calls, so that every one of them is counted and none goes beyond
    a cap.
    """

    def used(self, usage: Usage | None) -> None:
        """The last call is over, and used this; None where that is not known."""
        ...

    async def again(self) -> int:
        """Room for another call of the same request: the most tokens its reply may have. Raises OutOfBudget."""
        ...

    def small(self, prompt_tokens: int, reply_tokens: int) -> bool:
        """Whether there is room, at once, for a call of so few tokens, as before the first test."""
        ...


#: Of the request that a model is answering now; None where nobody counts. The first call of each has its room.
CALLS: ContextVar[Calls | None] = ContextVar("pytest_aigen_calls", default=None)


class Model(Protocol):
    """A chat model. Retries are its business, budgets are not: where it tries again, it says so to `CALLS`."""

    name: str

    async def complete(self, request: Request) -> Reply:
        """The reply. Raises ModelError when the provider fails for good, ModelRefused when it always will."""
        ...

    async def aclose(self) -> None: ...


class Generator(Protocol):
    """Proposes candidates for a target.

    One that has ``computes = True`` searches on this machine, and is not asked for more targets at a time than its
    processors can serve. One that has ``groups = True`` is asked for small neighbours together: ``context.others`` are the
    contexts of the further targets, and each candidate names which of them it is for.
    """

    name: str

    def propose(self, context: Context, history: Sequence[Verdict]) -> AsyncIterator[Candidate]:
        """One round of candidates for ``context.left``; none when it has nothing further to offer.

        ``history`` holds the verdicts on what this generator proposed for the target, or the targets, in earlier rounds, in
        order.
        """
        ...


class FixtureValues(Protocol):
    """Sets up fixtures for a probe, as for a test of the module of its job, one round after the other."""

    def value(self, name: str) -> object:
        """The value of the fixture in this round, in which all that it depends on is set up once. Raises what its set-up
        raises, and LookupError where the module cannot be collected.
        """
        ...

    def renew(self) -> None:
        """Tear down what this round set up, and begin the next one."""
        ...


class Executor(Protocol):
    """Runs jobs, each in a process of its own."""

    async def run(self, job: Job) -> Run:
        """Leaves the working tree byte for byte as it was. Raises ExecutorError when jobs cannot run at all."""
        ...

    async def aclose(self) -> None: ...


class Watcher(Protocol):
    """Shows how a run is going."""

    def show(self, progress: Progress) -> None:
        """Called several times a second while a run is at work, from its event loop: it must not wait."""
        ...

    def close(self) -> None:
        """Called once, whatever ended the run, and before anything else is printed."""
        ...


class Stage(Enum):
    """When a check is asked."""

    STATIC = 1  #: before anything runs: ``trial.run`` is NOT_RUN
    RUN = 2  #: after the candidate ran once, alone
    #: At the end, once a module, with all that was accepted for it: ``trial.edit`` is the whole edit.
    MODULE = 3
    #: Last, once for all modules that share a conftest file: ``trial.job`` runs them, ``trial.edit.tests`` are whole node
    #: ids.
    SESSION = 4


class Check(Protocol):
    """A reason to refuse."""

    name: str
    stage: ClassVar[Stage]
    #: Extra runs that it needs; within a stage cheap ones are asked first.
    cost: ClassVar[int]

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof | None:
        """A refusal, or, where there is nothing to say against the trial, what it proves that a person may want to
        know; None for nothing.
        """
        ...
