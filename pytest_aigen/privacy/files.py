"""Files that are never read into a prompt: those that hold secrets by their names, and those that the settings name."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Sequence
from pathlib import Path

#: Private unless the settings give one back with ``!``.
PRIVATE = (
    ".env*", "*.env", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.asc",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "credentials*", ".credentials*", "secrets.*", ".secrets*",
    "client_secret*", "service-account*.json", "service_account*.json", ".netrc", "_netrc", ".pgpass", ".my.cnf",
    ".pypirc", ".npmrc", ".dockercfg", ".htpasswd", "*.tfvars", "*.tfstate", "kubeconfig*", ".vault-token",
    ".ssh/", ".aws/", ".gnupg/", ".azure/", ".kube/", ".docker/",
)  # fmt: skip


class PrivateFiles:
    """Tells whether a file is private.

    A pattern without a slash matches the name of the file or of a folder above it, one that ends with a slash that of
    a folder, any other the path from the root, or a folder on it; ``!`` before a pattern takes back what matched so
    far. The last that matches decides. Letters are compared without regard to case.
    """

    def __init__(self, root: Path, patterns: Sequence[str] = ()) -> None:
        self._root, self._real = root, Path(os.path.realpath(root))
        self._patterns = (*PRIVATE, *patterns)
        self._known: dict[Path, bool] = {}

    def __call__(self, path: Path) -> bool:
        """Whether a path, or what it links to, is private."""
        if path not in self._known:
            ways = {self._parts(path), self._parts(Path(os.path.realpath(path)))}
            self._known[path] = any(map(self._is_private, ways))
        return self._known[path]

    def _parts(self, path: Path) -> tuple[str, ...]:
        """From the root where it leads there, in small letters."""
        for root in (self._root, self._real):
            if path.is_relative_to(root):
                path = path.relative_to(root)
                break
        return tuple(part.lower() for part in path.parts)

    def _is_private(self, parts: tuple[str, ...]) -> bool:
        private = False
        for pattern in self._patterns:
            if private is pattern.startswith("!") and _matches(pattern.lstrip("!").lower(), parts):
                private = not private
        return private


def _matches(pattern: str, parts: tuple[str, ...]) -> bool:
    """
    >>> _matches("*.pem", ("a", "b.pem")), _matches("conf/*.py", ("conf", "a.py")), _matches("b/", ("a", "b"))
    (True, True, False)
    """
    folders = pattern.endswith("/")
    pattern = pattern.strip("/").removeprefix("./")
    until = len(parts) - folders
    if "/" not in pattern:
        return any(fnmatch.fnmatchcase(part, pattern) for part in parts[:until])
    heads = ("/".join(parts[:end]) for end in range(1, until + 1))
    wide = {pattern, pattern.replace("**/", ""), pattern.removesuffix("/**")}
    return any(fnmatch.fnmatchcase(head, one) for head in heads for one in wide)
