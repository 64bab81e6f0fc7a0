"""From the text of a reply to Python source: fences, JSON, diffs and indentation undone, what does not parse left out."""

from __future__ import annotations

import ast
import json
import re
import textwrap
import warnings

from pytest_aigen.patterns import regex

#: A fenced block: its language and its text; the last may lack its end.
_FENCE = regex(r"^([ \t]*)(`{3,}|~{3,})[ \t]*([\w+.-]*)[^\n]*\n(.*?)(?:^[ \t]*\2[ \t]*$|\Z)", re.S | re.M)
_PYTHON = {"", "python", "py", "python3", "pycon", "pytest", "diff", "patch", "json"}
_TEST = regex(r"\bdef\s+test|\bclass\s+Test")
_STRING = regex(r'"((?:[^"\\]|\\.)*)(?:"|\Z)', re.S)
_DIFF_HEAD = regex(r"^(?:@@ |\+\+\+ |--- |diff --git )", re.M)
#: What may stand at the start of a line without beginning a statement of its own.
_CONTINUES = regex(r"[)\]}]|(?:else|elif|except|finally)\b")


#: ``SUSPECT test_x: reason``, as a line of its own, a comment or an item of a list.
_SUSPECT = regex(
    r"^[ \t]*(?:[#>*-][ \t]*)*`*\**SUSPECT\**[ \t]+`*([A-Za-z_]\w*(?:::\w+)*(?:\[[^\]\n]*\])?)`*[ \t]*:[ \t]*(\S.*)$",
    re.M,
)
_MOST_REASON = 400


def accusations(text: str) -> dict[str, str]:
    """Why the code, and not a test, is wrong, by the name of the test; the first word on each counts.

    >>> accusations("SUSPECT test_a: the docstring says never negative")
    {'test_a': 'the docstring says never negative'}
    """
    found: dict[str, str] = {}
    for name, reason in _SUSPECT.findall(text.replace("\r\n", "\n").replace("\r", "\n")):
        said = " ".join("".join(c if c.isprintable() else " " for c in reason).split())
        if len(said) > _MOST_REASON:
            said = said[: _MOST_REASON - 3] + "..."
        if re.search(r"\w{2}", said):
            found.setdefault(name, said)
    return found


def without_accusations(text: str) -> str:
    """The reply without those lines."""
    return _SUSPECT.sub("", text)


def sources(text: str) -> tuple[str, ...]:
    """The Python source texts in a reply, in order; each parses. Empty where there is none.

    >>> sources("Sure:\\n```python\\ndef test_a():\\n    assert a\\n```\\nEnjoy!")
    ('def test_a():\\n    assert a\\n',)
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    found = tuple(source for raw in _blocks(text) if (source := parsable(raw)).strip())
    return found if any(_TEST.search(source) for source in found) else ()


def _blocks(text: str) -> list[str]:
    """The texts that may be Python, as they stand."""
    fences = [(m[3].lower(), textwrap.dedent(m[4])) for m in _FENCE.finditer(text)]
    blocks = [body for language, body in fences if language in _PYTHON]
    if not any(_TEST.search(block) for block in blocks):
        blocks = [body for _, body in fences if _TEST.search(body)] or [text]
    return [inner for block in blocks for inner in _unwrapped(block)]


def _unwrapped(block: str) -> list[str]:
    """A block without JSON or diff around it."""
    stripped = block.strip()
    if stripped[:1] in ("{", "[") and '"' in stripped:
        texts = [_unquoted(quoted) for quoted in _STRING.findall(stripped)]
        if tests := [text for text in texts if _TEST.search(text)]:
            return [inner for text in tests for inner in _blocks(text)]
    if _DIFF_HEAD.search(block):
        return [_added(block)]
    if "\n" not in stripped and "\\n" in stripped:
        return [_unquoted(stripped)]
    return [block]


def _unquoted(quoted: str) -> str:
    """The text that a JSON string stands for; as it is where it stands for none, such as one cut short."""
    for cut in (quoted, quoted.rpartition("\\")[0]):
        try:
            return str(json.loads(f'"{cut}"', strict=False))
        except ValueError:
            continue
    return quoted


def _added(diff: str) -> str:
    """The text after a diff is applied, as far as the diff shows it."""
    lines = [
        line
        for line in diff.split("\n")
        if not line.startswith(("@@", "+++", "---", "diff ", "index ", "-", "\\"))
    ]
    return "\n".join(line[1:] if line[:1] in ("+", " ") else line for line in lines)


# --------------------------------------------------------------------------------------------- what parses


def parsable(raw: str) -> str:
    """As much of the text as parses: all of it, or its top-level statements that do, each alone."""
    dedented = textwrap.dedent(raw)
    # Quotes are escaped twice where a model takes its answer for a literal.
    for text in (
        raw,
        dedented,
        textwrap.dedent(raw.expandtabs(4)),
        re.sub(r"\\\\(['\"])", r"\\\1", dedented),
    ):
        if parses(text):
            return text.rstrip() + "\n"
    return _salvaged(textwrap.dedent(raw.expandtabs(4)))


def parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in a literal is the author's affair
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _salvaged(text: str) -> str:
    """The top-level statements that parse; of a class also the members that do."""
    chunks = _chunks(text.split("\n"), indent=0)
    kept: list[str] = []
    at = 0
    while at < len(chunks):
        for end in range(
            at + 1, min(len(chunks), at + 60) + 1
        ):  # lines of a long string look like statements
            whole = "\n".join(chunks[at:end])
            if parses(whole):
                kept.append(whole)
                at = end
                break
            if "'''" not in chunks[at] and '"""' not in chunks[at]:
                end = at + 1
                break
        else:
            end = at + 1
        if at < end:
            kept += _salvaged_class(chunks[at])
            at = end
    return "\n".join(chunk for chunk in kept if not _is_prose(chunk)).rstrip() + "\n"


def _salvaged_class(chunk: str) -> list[str]:
    """A class that does not parse, with those members that do."""
    lines = chunk.split("\n")
    header = next((i for i, line in enumerate(lines) if line.startswith("class ")), None)
    if header is None:
        return []
    body = lines[header + 1 :]
    indent = next((len(line) - len(line.lstrip()) for line in body if line.strip()), 0)
    if not indent:
        return []
    head = "\n".join(lines[: header + 1])
    members = [member for member in _chunks(body, indent) if parses(f"{head}\n{member}")]
    return ["\n".join([head, *members])] if members else []


def _chunks(lines: list[str], indent: int) -> list[str]:
    """Lines in groups that begin with a statement at this indentation; decorators go with what they decorate."""
    groups: list[list[str]] = []
    decorated = False
    for line in lines:
        starts = (
            bool(line.strip())
            and len(line) - len(line.lstrip()) <= indent
            and not _CONTINUES.match(line.lstrip())
        )
        if not groups or (starts and not decorated):
            groups.append([])
        groups[-1].append(line)
        if starts:
            decorated = line.lstrip().startswith("@")
    return ["\n".join(group) for group in groups]


def _is_prose(chunk: str) -> bool:
    """Whether a chunk is a word or two that parse by accident, such as ``Sure``."""
    tree = ast.parse(chunk)
    return all(isinstance(s, ast.Expr) and not isinstance(s.value, ast.Call) for s in tree.body)
