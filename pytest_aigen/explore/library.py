"""Recipes for classes of the standard library, and which of them an object with given attributes may be."""

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime
import decimal
import fractions
import functools
import io
import ipaddress
import logging
import os
import pathlib
import random
import re
import string
import struct
import types
import typing
import urllib.parse
import uuid
import xml.etree.ElementTree
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_aigen.explore.recipes import New, Recipe, Ref


def _new(kind: str, *rows: tuple[Recipe, ...]) -> tuple[Recipe, ...]:
    module, _, name = kind.rpartition(".")
    return tuple(New(Ref(module, name), row) for row in rows)


def _moment(*parts: int, zone: Recipe) -> New:
    return New(Ref("datetime", "datetime"), parts, (("tzinfo", zone),))


_UTC = Ref("datetime", "timezone.utc")


def _zone(*parts: int) -> New:
    return New(Ref("datetime", "timezone"), (New(Ref("datetime", "timedelta"), parts),))


_TEXT_FILES = _new(
    "io.StringIO", ("one\ntwo\n",), ("",), ("a,b\n1,2\n",), ('{"a": 1}',), ("key = value\n[section]\n",)
)
_BYTE_FILES = _new("io.BytesIO", (b"hello",), (b"",), (b"\x00\x01\x02\x03",), (b"one\ntwo\n",))

#: By class, the plainest first.
RECIPES: Mapping[Any, tuple[Recipe, ...]] = {
    pathlib.Path: _new("pathlib.Path", ("folder/file.txt",), ("file",), ("/folder",), (".",)),
    pathlib.PurePath: _new("pathlib.PurePath", ("folder/file.txt",), ("file",)),
    pathlib.PurePosixPath: _new("pathlib.PurePosixPath", ("folder/file.txt",), ("/folder",)),
    pathlib.PureWindowsPath: _new("pathlib.PureWindowsPath", ("C:\\folder\\file.txt",), ("folder/file.txt",)),
    os.PathLike: _new("pathlib.Path", ("folder/file.txt",), (".",)),
    datetime.datetime: (
        *_new("datetime.datetime", (2024, 1, 15, 10, 30), (2024, 2, 29), (2020, 12, 31, 23, 59, 59, 999999)),
        _moment(2024, 1, 15, 10, 30, zone=_UTC),
        _moment(2024, 7, 15, 10, 30, 45, 123456, zone=_zone(0, 7200)),
        _moment(2024, 7, 15, 22, 30, zone=_zone(-1, 70200)),
        *_new("datetime.datetime", (1, 1, 1), (2000, 1, 1, 13, 5, 9)),
    ),
    datetime.date: _new("datetime.date", (2024, 1, 15), (2024, 2, 29), (2023, 12, 31), (2024, 1, 13), (1, 1, 1)),
    datetime.time: (
        *_new("datetime.time", (10, 30), (0, 0), (23, 59, 59), (10, 30, 45, 123456)),
        New(Ref("datetime", "time"), (10, 30), (("tzinfo", _UTC),)),
    ),
    datetime.timedelta: _new("datetime.timedelta", (1,), (0, 30), (0, 0), (-1,), (400,), (0, 5400), (2, 3723, 500), (0, 0, 1), (14,)),
    datetime.tzinfo: (_UTC, _zone(0, 7200), _zone(-1, 70200)),
    datetime.timezone: (_UTC, _zone(0, 7200), _zone(-1, 70200)),
    decimal.Decimal: _new("decimal.Decimal", ("1.50",), ("0",), ("-2",), ("100",), ("0.005",), ("1E+3",), ("NaN",), ("Infinity",)),
    fractions.Fraction: _new("fractions.Fraction", (1, 2), (0,), (-3, 4), (7,)),
    uuid.UUID: _new("uuid.UUID", ("123e4567-e89b-12d3-a456-426614174000",)),
    re.Pattern: _new("re.compile", ("a+",), ("[0-9]+",), ("(?P<name>\\w+)",)),
    re.Match: _new("re.match", ("(?P<name>\\w+)", "hello"), ("(a)(b)?", "ac"), ("[0-9]+", "12")),
    io.StringIO: _TEXT_FILES, io.BytesIO: _BYTE_FILES, io.IOBase: (*_TEXT_FILES, *_BYTE_FILES),
    io.TextIOBase: _TEXT_FILES, io.TextIOWrapper: _TEXT_FILES, io.RawIOBase: _BYTE_FILES,
    io.BufferedIOBase: _BYTE_FILES, io.BufferedReader: _BYTE_FILES, io.BufferedWriter: _BYTE_FILES,
    typing.IO: (*_TEXT_FILES, *_BYTE_FILES), typing.TextIO: _TEXT_FILES, typing.BinaryIO: _BYTE_FILES,
    ipaddress.IPv4Address: _new("ipaddress.IPv4Address", ("192.168.0.1",), ("127.0.0.1",)),
    ipaddress.IPv6Address: _new("ipaddress.IPv6Address", ("2001:db8::1",), ("::1",)),
    ipaddress.IPv4Network: _new("ipaddress.IPv4Network", ("192.168.0.0/24",), ("10.0.0.0/8",)),
    ipaddress.IPv6Network: _new("ipaddress.IPv6Network", ("2001:db8::/32",)),
    urllib.parse.SplitResult: _new("urllib.parse.urlsplit", ("https://user@example.com:8080/path?q=1#top",), ("/path",)),
    urllib.parse.ParseResult: _new("urllib.parse.urlparse", ("https://user@example.com:8080/path?q=1#top",), ("/path",)),
    xml.etree.ElementTree.Element: _new("xml.etree.ElementTree.fromstring", ('<root a="1"><item>x</item><item/></root>',), ("<root/>",)),
    argparse.Namespace: (New(Ref("argparse", "Namespace"), (), (("name", "hello"),)),),
    collections.Counter: _new("collections.Counter", ("hello",), ()),
    collections.OrderedDict: _new("collections.OrderedDict", ({"a": 1, "b": 2},), ()),
    collections.ChainMap: _new("collections.ChainMap", ({"a": 1}, {"b": 2})),
    collections.defaultdict: _new("collections.defaultdict", (Ref("builtins", "int"), {"a": 1}), (Ref("builtins", "list"),)),
    random.Random: _new("random.Random", (0,)),
    logging.Logger: _new("logging.getLogger", ("name",)),
    string.Template: _new("string.Template", ("$name ${other}",)),
    struct.Struct: _new("struct.Struct", ("<I",), (">HB",)),
    functools.partial: _new("functools.partial", (Ref("builtins", "int"),)),
    contextlib.AbstractContextManager: _new("contextlib.nullcontext", ("hello",), ()),
    contextlib.nullcontext: _new("contextlib.nullcontext", ("hello",), ()),
    typing.SupportsInt: (3, 2.5, 0), typing.SupportsFloat: (1.5, 2), typing.SupportsIndex: (1, 0, 3),
    typing.SupportsAbs: (-2, 1.5), typing.SupportsRound: (1.5, 2), typing.SupportsComplex: (1.5,), typing.SupportsBytes: (b"hello",),
    range: _new("builtins.range", (3,), (0,), (1, 10, 2)),
    slice: _new("builtins.slice", (1, 3), (None,), (None, None, -1)),
    types.SimpleNamespace: (New(Ref("types", "SimpleNamespace"), (), (("a", 1),)),),
    types.ModuleType: _new("types.ModuleType", ("name",)),
    types.MappingProxyType: _new("types.MappingProxyType", ({"a": 1},)),
    BaseException: _new("builtins.ValueError", ("wrong",), ()),
    Exception: _new("builtins.ValueError", ("wrong",), ()),
    ValueError: _new("builtins.ValueError", ("wrong",), ()), KeyError: _new("builtins.KeyError", ("key",)),
    TypeError: _new("builtins.TypeError", ("wrong",)), OSError: _new("builtins.OSError", (2, "missing")),
    UnicodeDecodeError: _new("builtins.UnicodeDecodeError", ("utf-8", b"a\xffb", 1, 2, "invalid")),
    UnicodeEncodeError: _new("builtins.UnicodeEncodeError", ("ascii", "a\xe9b", 1, 2, "invalid")),
    UnicodeError: _new("builtins.UnicodeDecodeError", ("utf-8", b"a\xffb", 1, 2, "invalid")),
}  # fmt: skip

#: Classes that are recognised by what is asked of them; of two that fit, the one before is likelier.
_RECOGNISED: tuple[type, ...] = (
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, pathlib.Path, re.Match, re.Pattern,
    io.StringIO, io.BytesIO, urllib.parse.SplitResult, urllib.parse.ParseResult, xml.etree.ElementTree.Element, ipaddress.IPv4Address,
    ipaddress.IPv4Network, decimal.Decimal, fractions.Fraction, uuid.UUID, logging.Logger, struct.Struct, UnicodeDecodeError, OSError,
    collections.deque, collections.Counter, collections.OrderedDict, random.Random,
)  # fmt: skip
#: Attributes that so many objects have that one of them alone tells nothing.
_COMMON = frozenset({"name", "value", "key", "close", "start", "end", "stop", "args", "text", "tag", "data", "path", "parent", "info", "update", "clear", "type", "flags", "search", "string", "group", "port", "query"})  # fmt: skip


@functools.cache
def _attributes(kind: type) -> frozenset[str]:
    instance = {"characters_written", "filename", "errno", "strerror"} if kind is OSError else set()
    return frozenset(dir(kind)) | instance


def recognised(attributes: Iterable[str]) -> list[type]:
    """Classes that have all these attributes; none where they are too few and too common to tell.

    >>> recognised(["utcoffset", "hour"])
    [<class 'datetime.datetime'>, <class 'datetime.time'>]
    """
    asked = frozenset(attributes)
    if asked <= _COMMON and len(asked) < 2:
        return []
    return [kind for kind in _RECOGNISED if asked <= _attributes(kind)]
