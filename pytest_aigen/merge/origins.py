"""Where a name comes from that a package or module passes on: ``from shop import Cart`` may mean ``shop.cart.Cart``.

Read from the sources, nothing is imported.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pytest_aigen.merge.imports import Binding, bindings
from pytest_aigen.merge.scope import bound_names, parse
from pytest_aigen.texts import on_disk

#: Modules that a name is followed through.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Imports:
    """What the imports of a test module stand for: it lies in ``package``, empty if in none, the code below ``root``."""

    package: str = ""
    root: Path | None = None

    def absolute(self, module: str, level: int) -> tuple[str, int]:
        """A relative module made absolute, if that is possible.

        >>> Imports("pkg.tests").absolute("mod", 2)
        ('pkg.mod', 0)
        """
        parts = self.package.split(".") if self.package else []
        if not level or level > len(parts):
            return module, level
        base = parts[: len(parts) - level + 1]
        return ".".join([*base, module] if module else base), 0

    def same(self, first: Binding, second: Binding) -> bool:
        """Whether two bindings stand for the same thing, whatever they call it."""
        a, b = first.meaning, second.meaning
        if a == b:
            return True
        if a[1] is None or b[1] is None:
            return a[1] == b[1] and self.absolute(a[0], a[2]) == self.absolute(b[0], b[2])
        return self._origin(*self.absolute(a[0], a[2]), a[1]) == self._origin(
            *self.absolute(b[0], b[2]), b[1]
        )

    def _origin(self, module: str, level: int, attribute: str) -> tuple[str, int, str]:
        if self.root is not None and not level:
            for _ in range(_MOST):
                module, attribute = _passed_on(self.root, module).get(attribute, (module, attribute))
        return module, level, attribute


@lru_cache(maxsize=256)
def _passed_on(root: Path, module: str) -> dict[str, tuple[str, str]]:
    """Names of a module that nothing but one ``from`` statement at its top binds: where from, and what they are there."""
    place = root.joinpath(*module.split("."))
    text = on_disk(place / "__init__.py")
    package = module
    if text is None:
        text, package = on_disk(place.with_suffix(".py")), module.rpartition(".")[0]
    if text is None:
        return {}
    try:
        tree = parse(text)
    except SyntaxError:
        return {}
    imported = list(bindings(tree))
    if any(bound.name == "*" for bound in imported):
        return {}  # what that binds is not known
    times = Counter(name for statement in tree.body for name in bound_names(statement))
    found: dict[str, tuple[str, str]] = {}
    for bound in imported:
        binding = bound.binding
        if bound.at_top and binding.attribute not in (None, "*") and times[bound.name] == 1:
            origin, level = Imports(package).absolute(binding.module, binding.level)
            if not level:
                found[bound.name] = origin, str(binding.attribute)
    return found
