"""Which targets can get a test at all; the others are named with what stands in their way, and cost nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest

from pytest_aigen import whereabouts, write
from pytest_aigen.data import Coverage, Gap, Left, Obstacle, Skipped, Target
from pytest_aigen.errors import WriteError


def measured(gaps: Sequence[Gap], early: Collection[str]) -> tuple[list[Gap], list[Skipped]]:
    """The gaps without the top level of modules that were imported too early to be measured, and these."""
    skipped = [
        Skipped(gap, "imported before measuring began")
        for gap in gaps
        if gap.is_module_body and str(gap.path) in early
    ]
    left_out = {skip.gap for skip in skipped}
    return [gap for gap in gaps if gap not in left_out], skipped


def writable(targets: Sequence[Target], root: Path) -> tuple[list[Target], list[Skipped]]:
    """The targets whose test module can take a test, and the gaps of the others."""
    wrong: dict[Path, str] = {}
    for path in dict.fromkeys(target.test_path for target in targets):
        try:
            write.check(path, root=root)
        except WriteError as error:
            wrong[path] = f"no test can be added to {path}: {error}"
    skipped = [
        Skipped(target.gap, wrong[target.test_path]) for target in targets if target.test_path in wrong
    ]
    return [target for target in targets if target.test_path not in wrong], skipped


def imported(
    targets: Sequence[Target], names: Mapping[Path, str], before: Coverage, config: pytest.Config
) -> tuple[list[Target], list[Left]]:
    """The targets in files that Python imports from where they stand, and what stands in the way of the others.

    What the suite reached is imported from there. Under xdist it is not known what the workers had on their path, so
    nothing is left out.
    """
    if config.pluginmanager.hasplugin("dsession"):
        return list(targets), []
    reached = {_top(names[path]) for path, file in before.files.items() if file.executed}
    unclear = {path: name for path, name in names.items() if _top(name) not in reached}
    hindrances: dict[Path, Obstacle] = whereabouts.hindrances(unclear)
    left = [
        Left(target, target.gap, hindrances[target.gap.path])
        for target in targets
        if target.gap.path in hindrances
    ]
    return [target for target in targets if target.gap.path not in hindrances], left


def _top(name: str) -> str:
    return name.partition(".")[0]
