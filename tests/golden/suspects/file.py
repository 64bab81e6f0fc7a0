# Suspected bug in src/pkg/a.py::f: the code does not do what it promises.
#
# docstring: >>> f(1)
#            2?[1m
# the model says: it is
#                 wrong
# call: f(1)
# expected: 2
# actual: 3
#
# pytest .pytest_aigen/suspects/suspect_pkg_a_f_test_f.py
# It fails until the code, or what it promises, is put right; then delete this file.

from __future__ import annotations
import sys
from pathlib import Path

_root = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_root / 'src'), str(_root / '.')]

from pkg.a import f


def test_f():
    assert f(1) == 2
