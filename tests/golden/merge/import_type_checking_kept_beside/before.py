from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_old(tmp_path: Path) -> None:
    assert tmp_path
