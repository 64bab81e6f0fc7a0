"""A call that differs a little from another."""

from __future__ import annotations

import enum
import random
from collections.abc import Sequence
from dataclasses import replace

from pytest_aigen.explore.calls import Param, bind
from pytest_aigen.explore.moments import SIGNS
from pytest_aigen.explore.objects import Subject
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import Call, Code, Located, New, Recipe, Ref, Requested, Step, resolve
from pytest_aigen.explore.uses import MIXED

_CHARS = "abcXYZ019 _-.,:;/\\'\"()[]{}<>@#%+*=!?&|~^$\n\té"
_LONGEST = 60


class Mutator:
    """Draws from one source of chance, so that the same seed gives the same calls."""

    def __init__(self, subject: Subject, chance: random.Random) -> None:
        self.subject = subject
        self.chance = chance
        self.pool: Pool = subject.pool
        self._ints = list(subject.pool.near()) or [0]
        #: By class: what its instances are given by name.
        self._named: dict[str, list[tuple[str, Recipe]]] = {}
        for made in subject.receivers:
            if type(made) is New and type(made.function) is Ref:
                self._named.setdefault(made.function.name, []).extend(made.kwargs)
        self._texts = [*subject.pool.texts, *subject.pool.keys, *subject.pool.shaped]

    def call(self, call: Call) -> Call:
        """One to three changes."""
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 3))):
            call = self._one(call)
        return call

    def draw(self) -> Call:
        """A call with each argument drawn anew."""
        chosen = {
            param.name: self._any(param)
            for param in self.subject.params
            if param.values and (param.required or self.chance.random() < 0.4)
        }
        receiver = self.chance.choice(self.subject.receivers) if self.subject.receivers else None
        before: tuple[Step, ...] = ()
        while self.subject.steps and self.chance.random() < 0.4 and len(before) < 3:
            before = (*before, self._step({**chosen, **_values(before)}))
        return Call(
            self.subject.kind, self.subject.function, bind(self.subject.params, chosen), receiver, before
        )

    def _any(self, param: Param) -> Recipe:
        if param.wrong and self.chance.random() < 0.08:
            return self.chance.choice(param.wrong)
        return self.chance.choice(param.values[:4] if self.chance.random() < 0.3 else param.values)

    def _step(self, used: dict[str, Recipe]) -> Step:
        """A method with arguments; those that the call has too often get the same value."""
        name, params = self.chance.choice(self.subject.steps)
        chosen = {
            param.name: used[param.name]
            if param.name in used and self.chance.random() < 0.7
            else self._any(param)
            for param in params
            if param.required
        }
        return Step(name, bind(params, chosen))

    def _one(self, call: Call) -> Call:
        turn = self.chance.random()
        if call.then and turn < 0.4:
            return self._then(call)
        if call.receiver is not None and turn < 0.45:
            return self._object(call)
        if not self.subject.params:
            return call
        chosen: dict[str, Recipe] = {arg.name: arg.value for arg in call.args}
        param = self.chance.choice(self.subject.params)
        if param.name not in chosen:
            if param.values:
                chosen[param.name] = self._any(param)
        elif not param.required and self.chance.random() < 0.15:
            del chosen[param.name]
        elif self.chance.random() < 0.3 and param.values:
            chosen[param.name] = self._any(param)
        elif param.form == "stars":
            chosen[param.name] = {str(key): value for key, value in self._dict(chosen[param.name]).items()}
        elif param.form == "star":
            chosen[param.name] = tuple(self._items(list(chosen[param.name])))
        else:
            chosen[param.name] = self.value(chosen[param.name])
        # Not `replace`, which is slow, and this is done several times for each call.
        args = bind(self.subject.params, chosen)
        return Call(call.kind, call.function, args, call.receiver, call.before, call.then)

    def _then(self, call: Call) -> Call:
        """With another argument for what the call gives."""
        place = self.chance.randrange(len(call.then))
        part = call.then[place]
        if not part.args:
            return call
        number = self.chance.randrange(len(part.args))
        arg = part.args[number]
        value = tuple(self._items(list(arg.value))) if arg.form == "star" else self.value(arg.value)
        args = (*part.args[:number], replace(arg, value=value), *part.args[number + 1 :])
        return replace(call, then=(*call.then[:place], replace(part, args=args), *call.then[place + 1 :]))

    def _object(self, call: Call) -> Call:
        turn = self.chance.random()
        if turn < 0.3:
            return replace(call, receiver=self.chance.choice(self.subject.receivers))
        if turn < 0.5 and call.receiver is not None:
            return replace(call, receiver=self.value(call.receiver))
        if turn < 0.8 and self.subject.steps and len(call.before) < 4:
            used = {**_values(call.before), **{arg.name: arg.value for arg in call.args}}
            return replace(call, before=(*call.before, self._step(used)))
        if call.before:
            place = self.chance.randrange(len(call.before))
            return replace(call, before=call.before[:place] + call.before[place + 1 :])
        return call

    def value(self, value: Recipe) -> Recipe:
        """A value of the same type that differs a little; None and the like become something else."""
        kind = type(value)
        if kind is bool:
            return not value
        if kind is int:
            return self._int(value)
        if kind is float:
            return self.chance.choice(
                (
                    value + 1,
                    value - 1,
                    -value,
                    value / 2,
                    value * 10,
                    0.0,
                    float(self.chance.choice(self._ints)),
                )
            )
        if kind is str:
            return self._text(value)
        if kind is bytes:
            return self._text(value.decode("latin-1")).encode("latin-1", "replace")
        if kind in (list, tuple):
            return kind(self._items(list(value)))
        if kind in (set, frozenset):
            return kind(item for item in self._items(sorted(value, key=repr)) if _hashable(item))
        if kind is dict:
            return self._dict(value)
        if kind is Located:
            return value if value.content is None else replace(value, content=self.value(value.content))
        if kind is New:
            return self._new(value)
        if kind is Ref:
            return self.chance.choice(_siblings(value))
        if kind in (Code, Requested):
            return value
        return self.chance.choice(MIXED)

    def _int(self, value: int) -> int:
        options = (value + 1, value - 1, -value, value * 2, value // 2, value * 10, 0)
        if self.chance.random() < 0.4:
            return self.chance.choice(self._ints)
        return max(-(10**6), min(10**6, self.chance.choice(options)))

    def _text(self, value: str) -> str:
        chance = self.chance
        turn = chance.randrange(11)
        place = chance.randrange(len(value) + 1)
        end = min(len(value), place + chance.choice((1, 1, 2, 4)))
        piece = chance.choice(self._texts) if self._texts and chance.random() < 0.6 else chance.choice(_CHARS)
        if turn < 3:
            changed = value[:place] + piece + value[place:]
        elif turn < 5:
            changed = value[:place] + value[end:]
        elif turn < 7:
            changed = value[:place] + piece + value[end:]
        elif turn == 7:
            changed = piece
        elif turn == 8:
            changed = chance.choice((str.upper, str.lower, str.title, str.strip, str.swapcase))(value)
        elif turn == 9:
            changed = value + chance.choice((" ", ",", "-", "")) + value[:20]
        else:
            changed = chance.choice((piece + value, value + piece))
        return changed[:_LONGEST]

    def _items(self, items: list[Recipe]) -> list[Recipe]:
        chance = self.chance
        turn = chance.randrange(6)
        if not items or turn == 0:
            items.insert(chance.randrange(len(items) + 1), self._fresh(items))
        elif turn == 1:
            del items[chance.randrange(len(items))]
        elif turn == 2:
            items.append(items[chance.randrange(len(items))])
        elif turn == 3:
            items.reverse()
        else:
            place = chance.randrange(len(items))
            items[place] = self.value(items[place])
        return items[:12]

    def _fresh(self, items: Sequence[Recipe]) -> Recipe:
        if items and self.chance.random() < 0.8:
            return self.value(self.chance.choice(items))
        return self.chance.choice(
            (1, "a", self._ints[0], self._texts[0] if self._texts else "b", [1], {"a": 1}, None)
        )

    def _dict(self, value: dict[Recipe, Recipe]) -> dict[Recipe, Recipe]:
        chance = self.chance
        changed = dict(value)
        turn = chance.randrange(4)
        keys = list(self.pool.keys) or self._texts or ["a", "b"]
        if turn == 0 or not changed:
            changed[chance.choice(keys)] = chance.choice(
                (1, "a", None, True, [1, 2], {"a": 1}, chance.choice(self._ints))
            )
        elif turn == 1:
            del changed[chance.choice(list(changed))]
        else:
            key = chance.choice(list(changed))
            changed[key] = self.value(changed[key])
        return changed

    def _new(self, new: New) -> New:
        if new.function in SIGNS:  # how far away a moment is was chosen with care
            return new
        places = len(new.args) + len(new.kwargs)
        named = self._named.get(new.function.name) if type(new.function) is Ref else None
        if named and self.chance.random() < 0.3:
            name, value = self.chance.choice(named)
            rest = tuple(pair for pair in new.kwargs if pair[0] != name)
            return replace(new, kwargs=(*rest, (name, value)))
        if not places:
            return new
        place = self.chance.randrange(places)
        if place < len(new.args):
            changed = self.value(new.args[place])
            return replace(new, args=(*new.args[:place], changed, *new.args[place + 1 :]))
        place -= len(new.args)
        name, value = new.kwargs[place]
        return replace(new, kwargs=(*new.kwargs[:place], (name, self.value(value)), *new.kwargs[place + 1 :]))


def _values(steps: Sequence[Step]) -> dict[str, Recipe]:
    return {arg.name: arg.value for step in steps for arg in step.args}


def _siblings(reference: Ref) -> list[Ref]:
    """The members of its enum; of anything else just that."""
    owner, _, _ = reference.name.rpartition(".")
    cls = resolve(Ref(reference.module, owner)) if owner else None
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        return [Ref(reference.module, f"{owner}.{name}") for name in cls.__members__]
    return [reference]


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
