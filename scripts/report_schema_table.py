"""The keys of the JSON report in the documentation, from its schema. Run by cog: ``cog -r docs/reference/json-report.md``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parent.parent / "pytest_aigen" / "reports" / "report.schema.json"


def table() -> str:
    """Markdown; one row per key, those of inner objects by their path: ``verdicts[].name``."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    rows = ["| key | type | |", "|---|---|---|"]
    rows += [f"| `{path}` | {kind} | {words} |" for path, kind, words in _rows(schema, schema, "")]
    return "\n".join(rows)


def _rows(node: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    for key, given in node.get("properties", {}).items():
        yield from _row(given, schema, f"{path}.{key}" if path else key)


def _row(given: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    node = _resolved(given, schema)
    yield path, _type(node), str(given.get("description") or node.get("description", ""))
    inner, inside = node, path
    if "items" in node:
        inner, inside = _resolved(node["items"], schema), f"{path}[]"
    elif isinstance(node.get("additionalProperties"), dict):
        inner, inside = _resolved(node["additionalProperties"], schema), f"{path}.*"
    elif "anyOf" in node:
        inner = next(each for each in node["anyOf"] if each.get("type") == "object")
    # The same record is explained once.
    if "$ref" not in given or path in ("coverage.before", "verdicts[].mutants"):
        yield from _rows(inner, schema, inside)


def _resolved(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    return schema["$defs"][name] if name else node


def _type(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if "anyOf" in node:
        return " or ".join(_type(each) for each in node["anyOf"])
    kind = node["type"]
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


if __name__ == "__main__":
    print(table())
