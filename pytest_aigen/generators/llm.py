"""The generator that asks a model: one request a round, its reply taken apart, mended by rule, and proposed test by test."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from pytest_aigen.assertions import failed_on_assertion
from pytest_aigen.budget import LEAST_REPLY
from pytest_aigen.data import Candidate, Context, Rejected, Target, Verdict
from pytest_aigen.errors import ContextTooLong
from pytest_aigen.generators import asking, isolate, prompt, repair, reply
from pytest_aigen.generators.shorter import shorter
from pytest_aigen.protocols import Model, Reply, Request
from pytest_aigen.tokens import count

#: Of one token, about; rather too few, so that what is shortened fits.
_CHARACTERS = 3


class Llm:
    """Proposes what a model writes. Keeps no state that matters: the history of a target is all that a further round needs."""

    name = "llm"
    groups = True

    def __init__(
        self,
        model: Model,
        *,
        instructions: str = "",
        sampling: Request = Request(()),
        room: int | None = None,
    ) -> None:
        """``sampling``: a request without messages, whose parameters all requests have; ``room``: tokens that the
        opening of a conversation may have, as far as the target itself leaves a choice.
        """
        self._model = model
        self._room = room
        self._instructions = instructions
        self._sampling = sampling
        #: What of the context of a target its last request had no room for.
        self.shortened: dict[Target, tuple[str, ...]] = {}

    async def propose(self, context: Context, history: Sequence[Verdict]) -> AsyncIterator[Candidate]:
        """The tests of the model's next reply; none where a reply brings nothing that was not judged before.

        A reply without a test is proposed as it is, under the name ``""``, so that it is refused with a reason.
        """
        judged, number = {verdict.candidate.code for verdict in history}, attempt(history)
        history = prompt.concerning(context, history)
        if not self.is_worthwhile(context, history):
            return
        context = self._within(context)
        self._note(context)
        answer = await self._answer(context, history)
        accused = accusations(answer.text, history)
        for candidate in accused:
            yield candidate
        text = reply.without_accusations(answer.text) if accused else answer.text
        for candidate in candidates(text, context, attempt=number):
            if accused and not candidate.name:
                continue  # there was something to say, and no test to send
            if candidate.code not in judged:
                judged.add(candidate.code)
                yield candidate

    def request(self, context: Context, history: Sequence[Verdict] = ()) -> Request:
        """What would be asked next."""
        messages = prompt.conversation(context, history, self._instructions)
        tools = asking.TOOLS if context.look_up is not None else ()
        return replace(self._sampling, messages=messages, tools=tools)

    def _within(self, context: Context) -> Context:
        """The context, cut to the room that there is."""
        room = self._room
        if room is None:
            return context
        return shorter(
            context,
            lambda given: (
                sum(count(m.content, self._model.name) for m in self.request(given).messages) <= room
            ),
        )

    async def _answer(self, context: Context, history: Sequence[Verdict]) -> Reply:
        """The model's reply; where it takes no request of this length, to a shorter one, once.

        The reply may be shorter then. Where that is not enough, the earlier rounds are left out, and what is least useful
        of the context, until it fits; all of it where the provider does not say how much it takes.
        """
        request = self.request(context, history)
        try:
            return await asking.answered(self._model, request, context.look_up)
        except ContextTooLong as error:
            reply_tokens, room = request.max_reply_tokens, 0
            if error.limit is not None:
                reply_tokens = min(reply_tokens, max(error.limit // 3, LEAST_REPLY))
                room = (error.limit - reply_tokens) * _CHARACTERS
            less = request
            if _characters(request) > room:
                kept = shorter(context, lambda given: _characters(self.request(given)) <= room)
                self._note(kept)
                less = self.request(kept)
            less = replace(less, max_reply_tokens=reply_tokens, tools=())
            if less == request:
                raise
        return await self._model.complete(less)

    def _note(self, context: Context) -> None:
        for part in context.parts:
            self.shortened.pop(part.target, None)
            if context.omitted:
                self.shortened[part.target] = context.omitted

    @staticmethod
    def is_worthwhile(context: Context, history: Sequence[Verdict]) -> bool:
        """Whether another round may bring anything: not when nothing is left but what tests of suspected bugs
        reach, nor after a third equal failure.
        """
        if not history:
            return True
        if not prompt.beside_suspects(context, history):
            return False
        rounds = [prompt.failures(verdicts) for verdicts in prompt.by_round(history)[-3:]]
        return not (len(rounds) == 3 and rounds[0] & rounds[1] & rounds[2])


def _characters(request: Request) -> int:
    return sum(len(message.content) for message in request.messages)


def attempt(history: Sequence[Verdict]) -> int:
    """The number of the next round."""
    return 1 + max((verdict.candidate.attempt for verdict in history), default=-1)


def accusations(text: str, history: Sequence[Verdict]) -> list[Candidate]:
    """The tests that failed on an assertion and of which the reply says that the code is wrong, each with the reason."""
    said = reply.accusations(text)
    failed: dict[str, Candidate] = {}
    for verdict in history:
        if isinstance(verdict, Rejected) and failed_on_assertion(verdict.run):
            failed[verdict.candidate.name] = verdict.candidate
            failed[verdict.candidate.name.rpartition("::")[2]] = verdict.candidate
    found: dict[str, Candidate] = {}
    for name, reason in said.items():
        if (candidate := failed.get(name)) is not None:
            found.setdefault(candidate.code, replace(candidate, accuses=reason, attempt=attempt(history)))
    return list(found.values())


def candidates(text: str, context: Context, *, attempt: int = 0) -> list[Candidate]:
    """The tests of a reply, mended by rule, each alone with what it needs.

    Where there is none, one candidate without a name that holds the reply as it is.
    """
    sources = [repair.mend(source, context) for source in reply.sources(text)]

    def bind(name: str, attributes: frozenset[str]) -> str | None:
        return repair.binding(name, attributes, context)

    targets = [part.target for part in context.parts]

    def made(name: str, code: str) -> Candidate:
        target = about(name, code, targets)
        others = tuple(other for other in targets if other != target)
        return Candidate(target, name, code, Llm.name, attempt, others=others)

    found = [made(name, code) for name, code in isolate.tests(sources, bind, context.beside)]
    return found or [made("", text)]


def about(name: str, code: str, targets: Sequence[Target]) -> Target:
    """Of the targets of one request that which a test is about: its name says so, or its code uses it; else the first.

    >>> from pathlib import Path
    >>> from pytest_aigen.data import Gap
    >>> one, other = (Target(Gap(Path("a.py"), f"A.{name}", 1, 2, frozenset()), "a", Path()) for name in ("add", "_pop"))
    >>> about("test_empty", "assert A()._pop() is None", [one, other]).gap.qualname
    'A._pop'
    """
    words = set(re.findall(r"\w+", code))

    def clues(target: Target) -> tuple[int, bool]:
        called = target.gap.qualname.rpartition(".")[2]
        bare = called.strip("_")
        return (len(bare) if bare in name else 0), any(word.endswith(called) for word in words)

    return max(targets, key=clues)
