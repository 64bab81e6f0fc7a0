"""Writes ``--ai-gen-report=html:PATH``: one page that needs nothing but itself, neither network nor JavaScript to be read.

Whatever a name, a reason or an output holds, it is text: characters that are not to be seen are written as escapes,
the rest is escaped by the template, and the page's policy lets no script run but its own.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pytest_aigen
from pytest_aigen import texts
from pytest_aigen.data import Report
from pytest_aigen.data.coverage import spans
from pytest_aigen.reports import files, words
from pytest_aigen.reports.annotated import Read
from pytest_aigen.reports.page import VERDICTS, page

if TYPE_CHECKING:
    from jinja2 import Environment

    from pytest_aigen.settings import Settings

#: Most characters of a line of code or output, and of such a text as a whole.
LINE, TEXT = 1_000, 20_000
#: Most characters of a name, or of a reason beside one.
REASON = 200

#: Classes of the lines of a diff, by how they begin.
_KINDS = {"+": "add", "-": "del", "": "gapline"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SUSPICIOUS = re.compile(r"[^\n\t -~]")


def render(report: Report, read: Read) -> str:
    """The page as text that UTF-8 can hold. ``read`` gives the text of a source file, or raises OSError or WriteError."""
    style, script = (_beside(name) for name in ("report.css", "report.js"))
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            page=page(report, read),
            report=report,
            version=pytest_aigen.__version__,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


@cache
def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pytest_aigen", "reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.globals.update(count=words.count, asked=words.asked, verdicts=VERDICTS)
    environment.filters.update(
        percent=words.percent,
        amount=lambda reached: words.amount(reached.values() if isinstance(reached, Mapping) else [reached]),
        plain=lambda text: words.plain(text, REASON),
        ranges=ranges,
        clipped=clipped,
        coloured=coloured,
    )
    return environment


def _finalized(value: Any) -> Any:
    """Every text on its way into the page, but what the template itself made of it."""
    return value if hasattr(value, "__html__") else visible(str(value))


def visible(text: str) -> str:
    """Text whose every character is to be seen: the others are escaped as Python would, but newlines and tabs.

    >>> visible("a\\x1b[1m\\u202eb")
    'a\\\\x1b[1m\\\\u202eb'
    """
    return _SUSPICIOUS.sub(_escaped, text.replace("\r\n", "\n"))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return (
        character.encode("ascii", "backslashreplace").decode()
        if character > "\x7f"
        else repr(character)[1:-1]
    )


def clipped(text: str) -> str:
    """Text with its longest lines and its middle cut, as far as it is longer than a person reads; it says so."""
    rows = [
        row if len(row) <= LINE else f"{row[:LINE]} ... {len(row) - LINE:,} more characters"
        for row in text.strip("\n").split("\n")
    ]
    whole = "\n".join(rows)
    if len(whole) <= TEXT:
        return whole
    half = TEXT // 2
    return f"{whole[:half]}\n... {len(whole) - TEXT:,} characters are left out here ...\n{whole[-half:]}"


def coloured(diff: Iterable[str]) -> str:
    """The lines of a diff, each in an element of its kind; an empty one stands for what is left out between two parts."""
    from markupsafe import Markup, escape

    rows = [clipped(row) for row in diff]
    # Escaped all at once: each line for itself takes as long as the rest of the page.
    safe = str(escape(visible("\n".join(row or "···" for row in rows)))).split("\n")
    return Markup(
        "".join(
            f'<code class="py {_KINDS.get(row[:1], "")}">{shown}\n</code>'
            for row, shown in zip(rows, safe, strict=True)
        )
    )


def ranges(lines: Iterable[int]) -> list[tuple[int, str]]:
    """Runs of lines, each with its first.

    >>> ranges([3, 4, 5, 9])
    [(3, '3-5'), (9, '9')]
    """
    return [(first, str(first) if first == last else f"{first}-{last}") for first, last in spans(lines)]


def _beside(name: str) -> str:
    return resources.files("pytest_aigen.reports").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """Of an inline script or style, as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _source(path: Path) -> str:
    return texts.decode(path.read_bytes(), path.name)


@pytest.hookimpl
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    files.save("html", lambda: render(report, _source).encode(), settings, config)
