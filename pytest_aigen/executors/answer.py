"""What the process of a job sent -> the `Run`."""

from __future__ import annotations

import pickle
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_aigen.data import Condition, Covered, Job, Outcome, Reached, Run
from pytest_aigen.executors.wire import END, EVENT, VALUE, Frame

FORGED = "write to the line over which results are told"


@dataclass
class Answer:
    """Gathers the frames of one job."""

    result: dict[str, Any] | None = None
    blocked: str = ""
    #: Modules that the warm session holds with another text than the job gives them; nothing was run.
    stale: tuple[str, ...] = ()
    values: list[bytes] = field(default_factory=list)
    many: bool = False
    under: dict[str, str] = field(default_factory=dict)
    at: str | None = None
    #: What became of the tests with each change of the job, in order.
    changed: list[str] = field(default_factory=list)
    #: The number of the job, and whether its process waits for another one with the same tests.
    number: int = 0
    waits: bool = False
    end: dict[str, Any] | None = None

    def add(self, frame: Frame) -> None:
        if frame.kind == VALUE:
            self.values.append(frame.payload)
        elif frame.kind == END:
            self.end = frame.read()
        elif frame.kind == EVENT:
            message = frame.read()
            self.result = message.get("result", self.result)
            self.blocked = self.blocked or str(message.get("blocked", ""))
            self.stale = tuple(message.get("stale", self.stale))
            self.many = bool(message.get("many", self.many))
            self.under = message.get("under", self.under)
            self.at = message.get("at", self.at)
            self.waits = message.get("waits") is True
            if "changed" in message:
                self.changed.append(str(message["changed"]))

    @property
    def is_last(self) -> bool:
        """Whether the process has nothing further to say."""
        return self.result is not None or bool(self.stale)

    def run(self, job: Job) -> Run:
        """The record. A refusal of the sandbox outweighs what became of the tests afterwards."""
        end = self.end or {}
        try:
            return self._run(job, end)
        except Exception as exc:
            # The process is the candidate's: what it sends may be anything.
            detail = f"an answer that makes no sense: {type(exc).__name__}: {exc}"
            return Run(Outcome.CRASHED, detail=detail, output=str(end.get("output", "")))

    def _run(self, job: Job, end: dict[str, Any]) -> Run:
        result = self.result or {}
        if end.get("how") == "forged":
            outcome, detail = Outcome.BLOCKED, f"the sandbox did not allow it: {FORGED}"
        elif self.blocked:
            outcome, detail = Outcome.BLOCKED, f"the sandbox did not allow it: {self.blocked}"
        elif self.result is not None:
            outcome, detail = Outcome(result["outcome"]), str(result["detail"])
        elif end.get("how") == "timeout":
            outcome, detail = Outcome.TIMEOUT, f"no end after {job.timeout:g} s {self._where(job)}"
        else:
            outcome, detail = Outcome.CRASHED, f"{_death(end)} {self._where(job)}"
        return Run(
            outcome=outcome,
            covered=_covered(result.get("covered", {})),
            seconds=float(end.get("seconds", 0.0)),
            detail=detail,
            output=str(end.get("output", "")),
            failed=tuple(map(str, result.get("failed", ()))),
            line=None if result.get("line") is None else int(result["line"]),
            value=self._value() if job.probe is not None else None,
            changed=tuple(map(Outcome, self.changed)),
            under={Condition[name]: str(how) for name, how in self.under.items()},
        )

    def _value(self) -> Any:
        values = tuple(pickle.loads(value) for value in self.values)
        if self.many:
            return values
        return values[0] if values else None

    def _where(self, job: Job) -> str:
        if job.probe is not None:
            return f"in {job.probe.function}"
        return f"in {self.at}" if self.at else f"while importing {job.path.name}"


def _death(end: dict[str, Any]) -> str:
    number = int(end.get("signal", 0))
    if end.get("how") == "killed":
        return "the process was ended"
    if number:
        try:
            return f"the process died of {signal.Signals(number).name}"
        except ValueError:
            return f"the process died of signal {number}"
    if "status" in end:
        return f"the process ended without an answer, exit status {end['status']}"
    return "the session in which it ran died"


def _covered(found: dict[str, Any]) -> Covered:
    return {
        Path(path): Reached(frozenset(lines), frozenset((start, stop) for start, stop in branches))
        for path, (lines, branches) in found.items()
    }
