"""Make the picture in the README anew: a real run of the example project, as a terminal showed it, drawn as SVG.

The colours are those that pytest sends to a terminal; rich draws them. Nothing is added or left out but the paths of this
machine, which become ``~``. Times differ from run to run.
"""

from __future__ import annotations

import re
import subprocess
import sys

from demo import DEMO, fresh_copy
from environment import ROOT, clean, environment, say

PICTURE = ROOT / "docs" / "_static" / "terminal.svg"
WIDTH = 120
COMMAND = ("pytest", "--ai-gen", "--ai-gen-engine=explore", "--ai-gen-source=src/shop/prices.py")
DRAW = """
import io, sys
from rich.console import Console
from rich.text import Text
console = Console(record=True, width=int(sys.argv[1]), file=io.StringIO(), force_terminal=True, legacy_windows=False)
console.print(Text.from_ansi(sys.stdin.read()))
sys.stdout.write(console.export_svg(title=sys.argv[2], unique_id="aigen"))
"""


def main() -> int:
    python = environment("picture-environment", "-e .", "rich>=13.7")
    fresh_copy()
    say(" ".join(COMMAND))
    arguments = [str(python), "-m", *COMMAND, "--color=yes"]
    done = subprocess.run(
        arguments, cwd=DEMO, env={**clean(), "COLUMNS": str(WIDTH)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )  # fmt: skip
    output = done.stdout.decode("utf-8").replace(str(DEMO), "~/shop")
    print(output)
    if done.returncode:
        return done.returncode
    shown = f"$ {' '.join(COMMAND)}\n{output}"
    drawn = subprocess.run(
        [str(python), "-c", DRAW, str(WIDTH), "shop"],
        input=shown.encode(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode("utf-8")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(without_fonts(drawn), "utf-8")
    say(f"Written: {PICTURE.relative_to(ROOT)}")
    return 0


def without_fonts(svg: str) -> str:
    """Without the addresses of fonts, so that the picture loads nothing."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace(
        "Fira Code", "ui-monospace, Menlo, Consolas"
    )


if __name__ == "__main__":
    sys.exit(main())
