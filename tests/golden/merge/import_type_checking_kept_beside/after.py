from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shop.basket import total

if TYPE_CHECKING:
    from pathlib import Path


def test_old(tmp_path: Path) -> None:
    assert tmp_path


# aigen: shop.basket:total
def test_new():
    assert Path("a") and total([1]) == 1
