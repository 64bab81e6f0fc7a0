"""Bytes to text and back: any Python file in any encoding that Python reads, unchanged but for what is added."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_aigen.data import Edit
from pytest_aigen.errors import WriteError
from pytest_aigen.texts import decode, encode, encoding
from pytest_aigen.write import read, write

ENCODINGS = {
    "latin-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "cp1252": "cp1252",
    "koi8-r": "koi8-r",
    "euc_kr": "euc_kr",
    "utf-8": "utf-8",
    "ascii": "ascii",
    "": "utf-8",
}
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", " \n", "\t\n", "\x0c\n", "\n\x0c\r\n"])


def _in(used: str) -> str:
    """Characters of an encoding, with some that mean a line end elsewhere."""
    every = "aZ09 '\"#\\\t\x1c\x85\u2028\xa0äßÿ€Žж한漢😀\ufeff"
    return "".join(c for c in every if c.encode(used, "ignore").decode(used) == c)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """The bytes of a file, and the same as lines."""
    declared = draw(st.sampled_from(sorted(ENCODINGS)))
    used = ENCODINGS[declared]
    mark = b"\xef\xbb\xbf" if used == "utf-8" and draw(st.booleans()) else b""
    head = f"# -*- coding: {declared} -*-" if declared else "#"
    if draw(st.booleans()):
        head = f"#!/usr/bin/python{draw(ENDS.filter(lambda e: e.strip(chr(12) + ' ' + chr(9)) in (chr(10), chr(13), chr(13) + chr(10))))}{head}"
    words = st.text(st.sampled_from(_in(used)), max_size=40)
    rows = [head.encode(used) + draw(ENDS).encode(used)]
    rows += [
        (f"# {text}{end}").encode(used) for text, end in draw(st.lists(st.tuples(words, ENDS), max_size=8))
    ]
    if draw(st.booleans()):
        rows.append(b"x = 1")
    rows[0] = mark + rows[0]
    return b"".join(rows), rows


@settings(deadline=None)  # the disk takes its time
@given(files(), st.data())
def test_what_is_around_an_edit_keeps_its_bytes(file: tuple[bytes, list[bytes]], data: st.DataObject) -> None:
    raw, rows = file
    used = encoding(raw, "x.py")
    try:
        if b"".join(rows).decode(used).encode(used) != raw:
            return  # such a file is refused: see below
    except UnicodeError:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test_x.py"
        path.write_bytes(raw)
        text = read(path)
        assert text is not None
        place = data.draw(st.integers(1, len(rows)))
        before = b"".join(rows[:place])
        cut = len(before.decode(used))
        added = "\ndef test_new():\n    pass\n"
        edit = Edit(path, text, text[:cut] + added + text[cut:], ("test_new",))
        assert write([edit], root=Path(folder)) == {}
        assert path.read_bytes() == before + added.encode() + raw[len(before) :]


@given(st.binary(max_size=200))
def test_any_bytes_are_given_back_or_refused(raw: bytes) -> None:
    try:
        text = decode(raw, "x.py")
    except WriteError:
        return
    assert encode(text, encoding(raw, "x.py")) == raw or encoding(raw, "x.py") not in ("utf-8", "iso-8859-1")


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        pytest.param(b"# coding: latin-1\rx = '\xfc'\r", "iso-8859-1", id="old-mac-newlines"),
        pytest.param(b"#!python\r# coding: latin-1\rx = '\xfc'\r", "iso-8859-1", id="old-mac-second-line"),
        pytest.param(b"\xef\xbb\xbf# coding: utf-8\n", "utf-8", id="mark-and-declared"),
        pytest.param(b"# vim: set fileencoding=cp1252 :\n\x80", "cp1252", id="vim"),
        pytest.param(b"x = 1\n# coding: latin-1\n", "utf-8", id="not-after-code"),
    ],
)
def test_encoding(raw: bytes, found: str) -> None:
    assert encoding(raw, "x.py") == found


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("x = 1\n".encode("utf-16"), id="utf-16"),
        pytest.param(b"\xef\xbb\xbf# coding: latin-1\n", id="mark-and-another"),
        pytest.param(b"# coding: nonsense\n", id="unknown"),
        pytest.param(b"x = '\xfc'\n", id="latin-1-not-declared"),
    ],
)
def test_encoding_refused(raw: bytes) -> None:
    with pytest.raises(WriteError, match=r"x\.py"):
        decode(raw, "x.py")


def test_an_encoding_that_does_not_give_its_bytes_back_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "test_x.py"
    raw = b"# coding: iso2022_jp\n# \x1b(B\x1b(Bx\n"  # escapes that say nothing
    path.write_bytes(raw)
    text = read(path)
    assert text is not None
    unwritten = write([Edit(path, text, text + "x = 1\n", ())], root=tmp_path)
    assert str(unwritten[path]) == "its encoding, iso2022_jp, does not give the same bytes back"
    assert path.read_bytes() == raw
