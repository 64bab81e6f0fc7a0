"""What a model is told beside the target: the sections of the last message, each with a title, empty ones left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pytest_aigen.data import Context, Fixture

_FENCE = re.compile("`{3,}")
#: A word that is no attribute, and not the name of an argument that is given.
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*\b(?!\s*=[^=])")
_MODES = {
    "auto": "auto mode, `async def` tests need no mark",
    "strict": "strict mode, `async def` tests need `@pytest.mark.asyncio`",
}


def sections(context: Context) -> str:
    """All sections of a target, in the order in which they are read."""
    fixtures = "\n".join(map(_fixture, context.fixtures))
    parts = [
        ("Import it so:", fenced("\n".join(_imports(context)))),
        ("It handles requests:", _bullets(context.routes)),
        ("What it refers to:", _blocks(context.definitions)),
        ("Of libraries it uses:", fenced("\n".join(context.libraries))),
        ("Existing tests nearby, for style and set-up:", _blocks(context.examples)),
        (
            "What these use of their own modules, not at hand in yours; copy what you need:",
            _blocks(context.helpers),
        ),
        (
            f"Your tests will stand in `{context.test_module}`, which has this at its top; use it without repeating it:",
            fenced(context.at_hand),
        ),
        ("Fixtures that you may use beside pytest's own:", fixtures),
        ("Of these fixtures:", _blocks(context.fixture_code)),
        ("Test libraries that you may use:", "\n".join(_tools(context))),
        ("Markers that are registered; there are no others:", _markers(context.markers)),
        ("Seen when the present tests ran:", _bullets(context.evidence)),
        ("Left out for want of room:", ", ".join(context.omitted)),
    ]
    return "".join(f"\n{title}\n{body}\n" for title, body in parts if body)


def _imports(context: Context) -> Iterable[str]:
    """How a test imports the target, and what its missing lines read of the module; those of one class are imported once."""
    name = context.target.gap.qualname.partition(".")[0]
    if name in context.names:
        yield context.names[name]
    elif not name:
        yield f"import {context.target.module}"
    rows = (line for part in context.parts for line in part.source.split("\n"))
    missing = "\n".join(line for line in rows if line.startswith(">"))
    read = dict.fromkeys(_NAME.findall(missing)) if name else ()
    yield from (context.names[other] for other in read if other in context.names and other != name)


def _fixture(fixture: Fixture) -> str:
    asked = re.sub(r"^\w*", "", fixture.signature)
    words = [
        f"- `{fixture.name}{asked if asked != '()' else ''}`",
        f"scope {fixture.scope}",
        f"from {fixture.where}",
    ]
    if fixture.params:
        words.append(f"in turn {fixture.params}")
    doc = " ".join(fixture.doc.split())
    return ", ".join(words) + (f": {doc}" if doc else "")


def _tools(context: Context) -> Iterator[str]:
    for tool in context.tools:
        name, _, mode = tool.partition(": ")
        said = [_MODES.get(mode, mode)] if mode else []
        if fixtures := context.plugin_fixtures.get(name):
            said.append(f"fixture{'s' if len(fixtures) > 1 else ''} {', '.join(fixtures)}")
        yield f"- {name}" + (f" ({'; '.join(said)})" if said else "")


def _markers(markers: Iterable[str]) -> str:
    said = [marker for marker in markers if ":" in marker or "(" in marker]
    names = [marker for marker in markers if marker not in said]
    return _bullets([*said, *([", ".join(names)] if names else [])])


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _blocks(texts: Iterable[str]) -> str:
    return "\n\n".join(map(fenced, texts))


def fenced(text: str, language: str = "python") -> str:
    """Text between fences that are longer than any within: nothing in it can end them."""
    text = text.strip("\n")
    fence = "`" * max(3, 1 + max(map(len, _FENCE.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}" if text else ""
