"""What extensions implement: four protocols with few members, so that a fake is ten lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import ClassVar, Literal, Protocol

from pytest_aigen.data import Candidate, Context, Job, Proof, Refusal, Run, Trial, Usage, Verdict


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One chat completion."""

    messages: tuple[Message, ...]
    #: The most tokens a reply may have.
    max_reply_tokens: int = 4096
    temperature: float | None = None

    def key(self) -> str:
        """A hash of the whole request, the same in every process."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    usage: Usage = Usage(requests=1)
    #: Why the model stopped: ``stop``, ``length``, ``content_filter``.
    finish: str = "stop"


class Model(Protocol):
    """A chat model. Retries are its business, budgets are not."""

    name: str

    async def complete(self, request: Request) -> Reply:
        """The reply. Raises ModelError when the provider fails for good, ModelRefused when it always will."""
        ...

    async def aclose(self) -> None: ...


class Generator(Protocol):
    """Proposes candidates for a target."""

    name: str

    def propose(self, context: Context, history: Sequence[Verdict]) -> AsyncIterator[Candidate]:
        """One round of candidates for ``context.left``; none when it has nothing further to offer.

        ``history`` holds the verdicts on what this generator proposed for the target in earlier rounds, in order.
        """
        ...


class Executor(Protocol):
    """Runs jobs, each in a process of its own."""

    async def run(self, job: Job) -> Run:
        """Leaves the working tree byte for byte as it was. Raises ExecutorError when jobs cannot run at all."""
        ...

    async def aclose(self) -> None: ...


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
