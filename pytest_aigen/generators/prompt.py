"""The words put to a model: Markdown from ``pytest_aigen/prompts``, filled from a context and the verdicts so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from string import Template

from pytest_aigen.assertions import failed_on_assertion
from pytest_aigen.data import NOTHING, Accepted, Context, Gap, Outcome, Reached, Rejected, Verdict
from pytest_aigen.generators import isolate
from pytest_aigen.generators.sections import fenced, sections
from pytest_aigen.privacy.hidden import plain
from pytest_aigen.protocols import Message

#: ``file.py:12``: only the target may be named like that in the message that names it.
_LOCATION = re.compile(r"(\.py):(?=\d)")
_SOURCE_LINE = re.compile(r"^[ >]*(\d+) (.*)$", re.M)
#: Checks that refuse tests which are right but bring nothing new, unless they did not even pass.
_NOTHING_NEW = {"gain", "merge"}
_MOST = 1500  # characters of one reason
#: Once for each target, before any failing assertion may be adapted to what was observed.
_QUESTION = (
    "If a failing assertion is right and the code breaks its own docstring, comments, name or types, do not adapt the "
    "test: write a line `SUSPECT <test name>: <reason, quoting those words>` before the code."
)


def opening(context: Context, instructions: str = "") -> tuple[Message, ...]:
    """The messages before any reply: the rules, what the targets of one file share, the target."""
    system = _template("system").template.strip()
    if instructions.strip():
        system += f"\n\nThe project's own instructions:\n\n{instructions.strip()}"
    shared = _filled(
        "shared", relative=context.relative, module=context.target.module, outline=fenced(context.outline)
    )
    return Message("system", system), Message("user", shared), Message("user", target(context))


def target(context: Context) -> str:
    """The message that names the target, or each of several; nothing else in it looks like ``file.py:12``."""
    named = [f"{part.relative}:{part.target.gap.first}-{part.target.gap.last}\n" for part in context.parts]
    parts = [
        _filled(
            "part",
            qualname=part.target.gap.qualname or "the module body",
            source=fenced(part.source),
            missing=in_words(part.left, known=part.source),
        )
        for part in context.parts
    ]
    rest = _filled("target", sections=sections(context), it="each of them" if context.others else "it")
    shown = [place + _LOCATION.sub(r"\1 line ", part) for place, part in zip(named, parts)]
    return "\n\n".join([*shown, _LOCATION.sub(r"\1 line ", rest)])


def in_words(gap: Gap, *, known: str = "") -> str:
    """The missing lines, and the branches that they and ``known`` do not speak of.

    >>> from pathlib import Path
    >>> in_words(Gap(Path("a.py"), "f", 1, 9, frozenset({2, 3, 7}), frozenset({(1, 2), (5, -1)})))
    '- lines 2-3, 7\\n- from line 5 out of the function'
    """
    words = []
    if gap.lines:
        words.append(f"- line{'s' if len(gap.lines) > 1 else ''} {_ranges(gap.lines)}")
    for start, end in sorted(gap.branches):
        if start in gap.lines or f"line {start}:" in known:
            continue
        if end < 0:
            words.append(f"- from line {start} out of the {'function' if gap.qualname else 'module'}")
        elif end not in gap.lines:
            words.append(f"- the jump from line {start} to line {end}")
    return "\n".join(words) or "- nothing"


def _ranges(lines: Iterable[int]) -> str:
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


# ------------------------------------------------------------------------------------------- further rounds


def conversation(context: Context, history: Sequence[Verdict], instructions: str = "") -> tuple[Message, ...]:
    """The opening, and for each earlier round what was proposed and what became of it."""
    messages = list(opening(context, instructions))
    rounds = by_round(history)
    for number, verdicts in enumerate(rounds):
        messages.append(Message("assistant", _said(verdicts)))
        messages.append(Message("user", _answer(context, rounds, number)))
    return tuple(messages)


def concerning(context: Context, history: Sequence[Verdict]) -> list[Verdict]:
    """What was kept so far, and what was refused that is about a target of this request: some may be done with."""
    targets = {part.target for part in context.parts}
    return [v for v in history if isinstance(v, Accepted) or v.candidate.target in targets]


def by_round(history: Sequence[Verdict]) -> list[list[Verdict]]:
    """The verdicts of each round, in order."""
    numbers = sorted({verdict.candidate.attempt for verdict in history})
    return [[v for v in history if v.candidate.attempt == number] for number in numbers]


def _said(verdicts: Sequence[Verdict]) -> str:
    """What a round proposed, as far as it is worth mending."""
    refused = _worth_mending(verdicts)
    unreadable = [v.candidate.code for v in refused if not v.candidate.name]
    code = [v.candidate.code for v in refused if v.candidate.name]
    if code:
        return fenced(isolate.joined(code))
    if unreadable:
        return _cut(unreadable[0].strip(), _MOST) or "(an empty reply)"
    kept = [v.candidate.name for v in verdicts if isinstance(v, Accepted)]
    return f"Tests kept: {', '.join(kept)}." if kept else "No test was kept."


def _worth_mending(verdicts: Iterable[Verdict]) -> list[Rejected]:
    return [v for v in verdicts if isinstance(v, Rejected) and not _is_idle(v) and not _is_suspect(v)]


def _is_idle(verdict: Rejected) -> bool:
    """Whether a test was refused for bringing nothing new, which no correction of it changes."""
    idle = verdict.run.outcome in (Outcome.PASSED, Outcome.NOT_RUN)
    return idle and verdict.refusal.check in _NOTHING_NEW


def beside_suspects(context: Context, history: Iterable[Verdict]) -> Reached:
    """What is missing and not reached by tests that pass and were refused because they make a suspected bug the truth:
    there is nothing to correct in them.
    """
    left = NOTHING
    for part in context.parts:
        left |= part.left.missing
    for verdict in history:
        if isinstance(verdict, Rejected) and _is_suspect(verdict) and verdict.run.outcome is Outcome.PASSED:
            left -= verdict.run.covered.get(context.left.path, NOTHING)
    return left


def _is_asked_about(verdict: Rejected) -> bool:
    """Whether a failure leaves open which is wrong, the test or the code."""
    return failed_on_assertion(verdict.run) and not _is_suspect(verdict)


def _is_suspect(verdict: Rejected) -> bool:
    return verdict.refusal.check == "suspect"


def _answer(context: Context, rounds: Sequence[Sequence[Verdict]], number: int) -> str:
    verdicts, last = rounds[number], number == len(rounds) - 1
    refused = _worth_mending(verdicts)
    suspects = [f"`{v.candidate.name}`" for v in verdicts if isinstance(v, Rejected) and _is_suspect(v)]
    earlier = [v for r in rounds[:number] for v in r]
    kept = [f"`{v.candidate.name}`" for v in verdicts if isinstance(v, Accepted)]
    idle = [f"`{v.candidate.name}`" for v in verdicts if isinstance(v, Rejected) and _is_idle(v)]
    parts = [_refused(verdict) for verdict in refused]
    if kept:
        parts.append(f"Kept, do not send again: {', '.join(kept)}.")
    if idle:
        parts.append(f"Not kept, because they bring nothing new: {', '.join(idle)}.")
    if suspects:
        parts.append(f"Here the code looks wrong, leave them: {', '.join(suspects)}.")
    if any(map(_is_asked_about, refused)) and not any(map(_is_asked_about, _worth_mending(earlier))):
        parts.append(_QUESTION)
    said = "\n\n".join(parts)
    if not last:
        return said or "None of these was kept."
    return _filled(
        "repair",
        verdicts=said,
        missing="\n\n".join(map(_still_missing, context.parts)),
        request=_request(refused, repeated=bool(failures(refused) & failures(earlier))),
    )


def _refused(verdict: Rejected) -> str:
    candidate, refusal = verdict.candidate, verdict.refusal
    if not candidate.name:
        return (
            f"There was no test function in this answer ({refusal.reason})."
            if refusal.reason
            else "There was no test function in this answer."
        )
    detail = verdict.run.detail.strip()
    reason = refusal.reason.strip()
    if detail and detail not in reason:
        reason = f"{reason}\n{detail}" if reason and reason not in detail else detail
    return f"`{candidate.name}` was refused:\n\n{fenced(_cut(plain(reason), _MOST), '')}"


def _request(refused: Sequence[Rejected], *, repeated: bool) -> str:
    if repeated:
        return "The same failure came twice. Take another approach: other inputs, another way in, or another assertion; give up a test that cannot work. Answer with one ```python block that holds only the new or corrected tests, with all that they need."
    if any(verdict.candidate.name for verdict in refused):
        return "Correct the refused tests, and reach what is still missing. Answer with one ```python block that holds only the corrected and new tests, with all that they need."
    return "Write tests that reach it. Answer with one ```python block that holds only the new tests, with all that they need."


def failures(verdicts: Iterable[Verdict]) -> frozenset[str]:
    """What went wrong, without the numbers and addresses that differ from time to time."""
    said = (f"{v.refusal.check} {v.run.detail or v.refusal.reason}" for v in _worth_mending(verdicts))
    return frozenset(re.sub(r"0x[0-9a-f]+|[0-9]+", "0", text).strip() for text in said)


def _still_missing(context: Context) -> str:
    """What is still missing of one target, with the text of its lines where the marked source shows their numbers."""
    name = context.target.gap.qualname or context.target.module
    words = in_words(context.left)
    shown = {int(m[1]): m[2] for m in _SOURCE_LINE.finditer(context.source)}
    lines = [f"{line}: {shown[line]}" for line in sorted(context.left.lines) if line in shown][:60]
    code = f"\n\n{fenced(chr(10).join(lines))}" if lines else ""
    return f"Still not reached in `{name}`:\n{words}{code}"


# --------------------------------------------------------------------------------------------------- text


def _cut(text: str, most: int) -> str:
    """The beginning and the end of a long text, cut between words: of a key cut in two nobody would know what it is."""
    if len(text) <= most:
        return text
    first, last = text[: most // 3], text[-(most - most // 3) :]
    if not text[len(first)].isspace():
        first = re.sub(r"\S+\Z", "", first)
    if not text[-len(last) - 1].isspace():
        last = re.sub(r"\A\S+", "", last)
    return f"{first.rstrip()}\n[...]\n{last.lstrip()}"


@cache
def _template(name: str) -> Template:
    return Template(resources.files("pytest_aigen.prompts").joinpath(f"{name}.md").read_text("utf-8"))


def _filled(name: str, **values: str) -> str:
    text = _template(name).substitute(values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() if name == "repair" else text.strip()
