"""Files and folders for arguments that are paths, in code that works with files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache

from pytest_aigen.explore.lists import distinct
from pytest_aigen.explore.parts import name_of
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import Located, New, Recipe, Ref

#: Functions and methods that only work with files.
_OF_FILES = frozenset({
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "exists", "lexists", "isfile", "isdir", "is_file",
    "is_dir", "listdir", "scandir", "iterdir", "rglob", "iglob", "mkdir", "makedirs", "getsize", "getmtime", "unlink",
    "rmtree", "copyfile", "copytree", "touch", "rmdir",
})  # fmt: skip
_MADE = frozenset({"Path", "PurePath", "join", "abspath", "expanduser", "realpath"})
_NAMED = re.compile(r"(?:^|_)(?:path|file|filename|file_?name|filepath|fname|dir|dirname|directory|folder|root|src|dst|dest|destination|infile|outfile)\d?$|path$")  # fmt: skip
_FOLDERS = re.compile(r"(?:^|_)(?:dir|dirname|directory|folder|root|cwd|base)\d?$")
_WRITTEN = re.compile(r"(?:^|_)(?:out|output|dst|dest|destination|target|outfile)(?:_|\d?$)")
#: Modules -> what their files hold.
_CONTENTS = {
    "json": '{"a": 1}', "csv": "a,b\n1,2\n", "configparser": "[section]\nkey = value\n", "tomllib": 'key = "value"\n',
    "tomli": 'key = "value"\n', "toml": 'key = "value"\n', "yaml": "a: 1\n",
}  # fmt: skip
_PATH = Ref("pathlib", "Path")


@cache
def works_with_files(tree: ast.Module) -> tuple[bool, tuple[str, ...]]:
    """Whether the module does, and what the modules that it imports read."""
    imported: list[str] = []
    works = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported.append(node.module or "")
        elif isinstance(node, ast.Call):
            works = works or name_of(node.func) in _OF_FILES
    return works, tuple(_CONTENTS[name] for name in imported if name in _CONTENTS)


def with_files(
    found: Sequence[Recipe], name: str, node: ast.AST | None, tree: ast.Module, pool: Pool
) -> list[Recipe]:
    """The values with files in front where they are paths and the module works with files; as they are else."""
    works, contents = works_with_files(tree)
    paths = any(type(value) is New and value.function == _PATH for value in found)
    texts = any(type(value) is str for value in found)
    if not works or not (paths or (texts and (_NAMED.search(name.lower()) or _is_used(node, name)))):
        return list(found)
    made = list(_made(name.lower(), contents, pool))
    rows: list[Recipe] = []
    for one in made:
        rows += [Located(one.name, one.content, one.beside, is_text=text) for text in _forms(paths, texts)]
    return distinct([*rows, *found])


def _forms(paths: bool, texts: bool) -> Iterator[bool]:
    if texts:
        yield True
    if paths:
        yield False


def _is_used(node: ast.AST | None, name: str) -> bool:
    """Whether a function for files gets it."""
    return any(
        isinstance(call, ast.Call)
        and name_of(call.func) in _OF_FILES | {"Path"}
        and any(isinstance(arg, ast.Name) and arg.id == name for arg in call.args[:1])
        for call in (ast.walk(node) if node is not None else ())
    )


def _made(name: str, contents: Sequence[str], pool: Pool) -> Iterator[Located]:
    """A file, nothing, a folder: the likeliest first."""
    usual = contents[0] if contents else "one\ntwo\n"
    endings = [text for text in pool.texts if re.fullmatch(r"\.[A-Za-z]\w{0,5}", text)][:4]
    names = [text for text in pool.texts if re.fullmatch(r"[\w.-]*\w\.[A-Za-z]\w{0,5}", text)][:4]
    folders = [
        Located("", None, (("file.txt", usual),)),
        Located(""),
        *(Located("", None, ((entry, usual),)) for entry in names),
        *(Located("", None, ((f"file{ending}", usual),)) for ending in endings),
    ]
    files = [Located("file.txt", usual)]
    files += [Located(f"file{ending}", usual) for ending in endings]
    files += [Located(entry, usual) for entry in names]
    missing = [Located("missing.txt"), *(Located(f"missing{ending}") for ending in endings)]
    if _FOLDERS.search(name):
        yield from (*folders, Located("missing"), *files[:1])
    elif _WRITTEN.search(name):
        yield from (
            Located("out.txt"),
            *(Located(f"out{ending}") for ending in endings),
            *files,
            *folders[:2],
        )
    else:
        yield from (files[0], missing[0], *files[1:], *folders[:2], *missing[1:])
    texts = [
        *contents[1:],
        "",
        "hello",
        *list(pool.shaped)[:3],
        *(f"{text}\n" for text in list(pool.texts)[:6]),
    ]
    yield from (Located("file.txt", text) for text in texts)
    yield Located("file.txt", b"\xff\xfe\x00")
