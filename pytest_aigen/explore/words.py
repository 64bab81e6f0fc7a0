"""Types that words stand for: those of docstrings, and the names that arguments usually have."""

from __future__ import annotations

import datetime
import decimal
import fractions
import io
import pathlib
import re
from collections.abc import Callable
from typing import Any

_WORDS: dict[str, Any] = {
    "str": str, "string": str, "strings": str, "text": str, "unicode": str, "basestring": str, "int": int,
    "integer": int, "integers": int, "float": float, "floats": float, "number": float, "numeric": float, "bool": bool,
    "boolean": bool, "list": list, "array": list, "sequence": list, "iterable": list, "dict": dict, "mapping": dict,
    "dictionary": dict, "tuple": tuple, "set": set, "frozenset": frozenset, "bytes": bytes, "bytestring": bytes,
    "bytearray": bytearray, "callable": Callable, "function": Callable, "none": type(None), "datetime": datetime.datetime,
    "date": datetime.date, "time": datetime.time, "timedelta": datetime.timedelta, "tzinfo": datetime.tzinfo,
    "path": pathlib.Path, "decimal": decimal.Decimal, "fraction": fractions.Fraction, "file": io.StringIO,
    "stream": io.StringIO, "complex": complex, "regex": re.Pattern, "exception": Exception,
}  # fmt: skip

_NAMES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (r"^(is|has|should|use|allow|include|ignore|with|no|keep|strict|verbose|force|reverse)_|_?flag$|^(strict|verbose|reverse|default_on)$", (bool,)),
    (r"^(func|function|fn|callback|predicate|pred|key_?func|keyfn|condition|validator|transform|factory|callable|hook)\d?$|_(func|fn|callback|factory|hook)$", (Callable,)),
    (r"^(dt|datetime|date_?time|when|timestamp|now|\w+_(dt|datetime)|dt_\w+)\d?$", (datetime.datetime, str, int)),
    (r"^(date|day_date|birthday|\w+_date|date_\w+)$", (datetime.date, str)),
    (r"^(td|tdelta|delta|time_?delta|duration|interval|timeout)\d?$", (datetime.timedelta, str, int, float)),
    (r"^(tz|tzinfo|timezone)$", (datetime.tzinfo, str)),
    (r"^(fp|fh|fobj|file_?obj|file_?handle|stream|fileobj|infile|outfile|reader|writer|file|f)$", (io.StringIO, io.BytesIO, str)),
    (r"^(regex|regexp|compiled|rx)$", (str, re.Pattern)),
    (r"^(exc|error|exception|err)$", (Exception, str)),
    (r"^key$", (str, Callable, int)),
    (r"^(n|i|j|k|m|num|count|size|length|width|height|index|idx|limit|step|start|stop|end|times|depth|level|year|month|day|hour|minute|second|seconds|number|amount|total|max\w*|min\w*|n_?\w*|num_?\w*|indent|offset|position|pos|base|port)$", (int, float)),
    (r"^(x|y|z|a|b|low|high|lo|hi|value|val|rate|ratio|price|weight|percent\w*|factor)$", (int, float, str)),
    (r"^(s|str|text|string|name|word|line|path|url|uri|email|title|msg|message|pattern|prefix|suffix|sep|separator|delimiter|fmt|format|encoding|char|sentence|label|code|filename|expr|expression|token|spec|query|template|version|\w*_?(str|string|text|name|path|url|expr|expression|format|fmt))$", (str,)),
    (r"^(items|lst|l|list|seq|sequence|iterable|iterables|values|elements|array|arr|xs|rows|lines|words|args|numbers|nums|collection|it)\d?$", (list,)),
    (r"^(d|dct|dict|mapping|map|options|opts|config|kwargs|params|headers|record|data|obj_dict|\w*_dict|\w*_map)\d?$", (dict, list, str)),
    (r"^(b|bytes|buf|buffer|payload|raw)$", (bytes, str)),
)  # fmt: skip


def named(name: str) -> tuple[Any, ...]:
    """The types that an argument of that name usually has.

    >>> named("max_size")
    (<class 'int'>, <class 'float'>)
    """
    bare = name.lower().lstrip("_")
    return next((kinds for pattern, kinds in _NAMES if re.search(pattern, bare)), ())


def documented(docstring: str, name: str) -> list[Any]:
    """Types that a docstring gives, in the Sphinx, Google and NumPy styles.

    >>> documented(":param str name: who", "name")
    [<class 'str'>]
    """
    return list(dict.fromkeys(_WORDS[word] for word in _type_words(docstring, name) if word in _WORDS))


def documented_classes(docstring: str, name: str) -> list[str]:
    """Names in the place of the type, other than those of builtin types: perhaps classes of the module.

    >>> documented_classes(":type other: Version or str", "other")
    ['Version']
    """
    return [word for word in _type_words(docstring, name, capitals=True) if word[:1].isupper()]


def _type_words(docstring: str, name: str, capitals: bool = False) -> list[str]:
    quoted = re.escape(name)
    patterns = (
        rf":type\s+{quoted}\s*:\s*(.+)",
        rf":param\s+([\w\[\], |.]+?)\s+\*{{0,2}}{quoted}\s*:",
        rf"^\s*\*{{0,2}}{quoted}\s*\(([^)]+)\)\s*:",
        rf"^\s*{quoted}\s*:\s*([\w, \[\]|.]+)$",
    )
    for pattern in patterns:
        match = re.search(pattern, docstring or "", re.MULTILINE)
        if match:
            given = match.group(1)
            words = re.findall(r"[A-Za-z_]\w*", given) if capitals else re.findall(r"[a-z]+", given.lower())
            if capitals or any(word in _WORDS for word in words):
                return words
    return []
