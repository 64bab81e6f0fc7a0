"""The table of options in the documentation, from the settings. Run by cog: ``cog -r docs/reference/options.md``."""

from __future__ import annotations

from pytest_aigen.settings import key, options


def table() -> str:
    """Markdown; one row per option, in the order in which they are declared."""
    rows = [
        "| flag | key in `[tool.pytest-aigen]` | default | meaning |",
        "|---|---|---|---|",
        "| `--ai-gen` | | off | after the suite, write tests for what it does not cover |",
    ]
    for field in options():
        flag = f"`{field.metadata['flag']} {_cell(field.metadata['metavar'])}".rstrip() + "`"
        meaning = _cell(field.metadata["help"]) + ("; may be repeated" if field.metadata["repeat"] else "")
        rows.append(f"| {flag} | `{key(field)}` | {_default(field.default)} | {meaning} |")
    return "\n".join(rows)


def _default(value: object) -> str:
    if value is True or value is False:
        return "`yes`" if value else "`no`"
    return "" if value in (None, "", ()) else f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(table())
