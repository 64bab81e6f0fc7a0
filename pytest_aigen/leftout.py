"""What no test can be written for here, found out before anything is spent: each with the reason, and a note for the user."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from pytest_aigen import write
from pytest_aigen.data import Gap, Skipped, Target
from pytest_aigen.errors import WriteError


def without_early(
    gaps: Sequence[Gap], imported: Collection[str]
) -> tuple[list[Gap], list[Skipped], list[str]]:
    """The gaps without the top level of modules that were imported too early to be measured; those, and notes."""
    early = [
        Skipped(gap, "imported before measuring began")
        for gap in gaps
        if gap.is_module_body and str(gap.path) in imported
    ]
    skipped = {skip.gap for skip in early}
    notes = [
        f"{skip.gap.path} was imported before measuring began: its top level looks uncovered"
        for skip in early
    ]
    return [gap for gap in gaps if gap not in skipped], early, notes


def without_closed(
    chosen: Sequence[Target], root: Path
) -> tuple[tuple[Target, ...], list[Skipped], list[str]]:
    """The targets without those whose test module can never take a test; those, and notes."""
    wrong: dict[Path, str] = {}
    for path in dict.fromkeys(target.test_path for target in chosen):
        try:
            write.check(path, root=root)
        except WriteError as error:
            wrong[path] = f"no test can be added to {path}: {error}"
    skipped = [Skipped(t.gap, wrong[t.test_path]) for t in chosen if t.test_path in wrong]
    return tuple(t for t in chosen if t.test_path not in wrong), skipped, list(wrong.values())
