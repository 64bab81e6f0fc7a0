"""Names that resolve in one way wherever they stand, and how a test imports them."""

from __future__ import annotations

import sys

_FROM = {
    "unittest.mock": "Mock MagicMock AsyncMock NonCallableMock PropertyMock patch call ANY DEFAULT mock_open sentinel create_autospec",
    "pathlib": "Path PurePath PosixPath WindowsPath PurePosixPath PureWindowsPath",
    "decimal": "Decimal InvalidOperation ROUND_HALF_UP",
    "fractions": "Fraction",
    "collections": "OrderedDict defaultdict namedtuple Counter deque ChainMap UserDict UserList UserString",
    "collections.abc": "Mapping MutableMapping Sequence MutableSequence Iterable Iterator Generator Awaitable Hashable",
    "dataclasses": "dataclass is_dataclass asdict",
    "io": "StringIO BytesIO TextIOWrapper",
    "enum": "Enum IntEnum Flag IntFlag",
    "contextlib": "contextmanager asynccontextmanager suppress redirect_stdout redirect_stderr nullcontext ExitStack",
    "types": "SimpleNamespace ModuleType MappingProxyType",
    "functools": "partial wraps lru_cache cached_property",
    "typing": "Any Optional Union List Dict Tuple Set FrozenSet Type Callable NamedTuple TypedDict Literal cast",
    "textwrap": "dedent",
    "copy": "deepcopy",
    "abc": "ABC abstractmethod",
    "uuid": "UUID uuid4",
    "datetime": "timedelta timezone",
    "itertools": "chain product",
    "unittest": "TestCase IsolatedAsyncioTestCase",
    "argparse": "Namespace ArgumentParser",
    "configparser": "ConfigParser",
    "tempfile": "TemporaryDirectory NamedTemporaryFile",
    "threading": "Thread",
    "inspect": "isclass isfunction iscoroutinefunction",
}
_STATEMENTS = {
    **{name: f"from {module} import {name}" for module, names in _FROM.items() for name in names.split()},
    "mock": "from unittest import mock",
    "pytest": "import pytest",
    "pytest_asyncio": "import pytest_asyncio",
}
#: Modules that are not standard and mean one thing by their short names.
_ALIASES = {"np": "numpy", "pd": "pandas", "numpy": "numpy", "pandas": "pandas", "hypothesis": "hypothesis"}
_IN_DATETIME_MODULE = {"datetime", "date", "timedelta", "timezone", "tzinfo", "UTC"}


def statement(
    name: str, attributes: frozenset[str], *, installed: frozenset[str] = frozenset()
) -> str | None:
    """How to import a name that stands for one thing only; None for any other.

    ``attributes`` are those that the code takes of it: ``datetime.now`` is the class, ``datetime.date`` the module.

    >>> statement("Path", frozenset())
    'from pathlib import Path'
    """
    if name == "datetime":
        return "import datetime" if attributes & _IN_DATETIME_MODULE else "from datetime import datetime"
    if name in _STATEMENTS:
        return _STATEMENTS[name]
    if name in sys.stdlib_module_names and name.islower():
        return f"import {name}"
    if name in _ALIASES and _ALIASES[name] in installed:
        return f"import {_ALIASES[name]}" + (f" as {name}" if name != _ALIASES[name] else "")
    return None
