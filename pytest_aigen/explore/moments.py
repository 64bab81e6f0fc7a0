"""Moments as seen from the present one, for code that asks what time it is: ``datetime.now() - timedelta(days=3.261)``.

Between the moment that the test takes and the one that the code takes a little time goes by, and at times none. So no
distance is a whole number of any unit, nor such a number and a half: whether the code cuts or rounds, it gives the same.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from pytest_aigen.explore.recipes import New, Recipe, Ref

_MINUS, _PLUS = Ref("operator", "sub"), Ref("operator", "add")
#: How they are written.
SIGNS = {_MINUS: "-", _PLUS: "+"}
_NOW = New(Ref("datetime", "datetime.now"))
_NOW_THERE = New(Ref("datetime", "datetime.now"), (Ref("datetime", "timezone.utc"),))
_TODAY = New(Ref("datetime", "date.today"))
#: The unit and how many of it.
_SPANS = (("days", 3.261), ("hours", 5.261), ("minutes", 10.26), ("days", 40.261), ("days", 400.261))


def _away(start: New, sign: Ref, unit: str, number: float) -> New:
    return New(sign, (start, New(Ref("datetime", "timedelta"), (), ((unit, number),))))


#: By class.
MOMENTS: Mapping[type, tuple[Recipe, ...]] = {
    datetime.datetime: (
        *(_away(_NOW, sign, *span) for span in _SPANS for sign in (_MINUS, _PLUS)),
        *(_away(_NOW_THERE, sign, *_SPANS[0]) for sign in (_MINUS, _PLUS)),
    ),
    datetime.date: (
        _TODAY,
        *(_away(_TODAY, sign, "days", days) for days in (1, 3, 40, 400) for sign in (_MINUS, _PLUS)),
    ),
}


def told(recipe: New) -> str:
    """Such a moment in words; empty for anything else.

    >>> told(MOMENTS[datetime.date][2])
    'in_1_day'
    """
    if recipe.function not in SIGNS or type(recipe.args[1]) is not New or not recipe.args[1].kwargs:
        return ""
    unit, number = recipe.args[1].kwargs[0]
    span = f"{int(number)}_{unit.removesuffix('s') if number == 1 else unit}"
    return f"{span}_ago" if recipe.function == _MINUS else f"in_{span}"
