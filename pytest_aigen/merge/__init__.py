"""Candidate and module text become new module text: additive, placed by syntax tree, byte-faithful elsewhere. What was
added can be found and taken out again. Pure.
"""

from pytest_aigen.merge.fold import Table, fold
from pytest_aigen.merge.join import merge
from pytest_aigen.merge.leftovers import without_leftovers
from pytest_aigen.merge.marks import Marked, marked
from pytest_aigen.merge.messages import whole_messages
from pytest_aigen.merge.removal import Removal, remove

__all__ = [
    "Marked",
    "Removal",
    "Table",
    "fold",
    "marked",
    "merge",
    "remove",
    "whole_messages",
    "without_leftovers",
]
