"""Candidate and module text become new module text: additive, placed by syntax tree, byte-faithful elsewhere. Pure."""

from pytest_aigen.merge.fold import Table, fold
from pytest_aigen.merge.join import merge

__all__ = ["Table", "fold", "merge"]
