"""Plugins that suites have, as they are: tests are added, and the suite passes with the plugin as it did before.

Needs the plugins: ``tox -e plugins``. What is not installed is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points

import pytest

from tests.plugin.conftest import Project
from tests.plugin.test_configurations import Repository, adds_tests, ini

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Plugin:
    """Plugins by the names under which pytest finds them, with commas, and a suite that uses them."""

    names: str
    files: dict[str, str]
    options: tuple[str, ...] = ()
    #: What it shows beside the name of a test that passed.
    passed: str = "PASSED"
    #: What the report says because of it.
    note: str = ""


PLUGINS = {
    "pytest-asyncio, strict, pytest-mock, hypothesis": Plugin(
        "asyncio,pytest_mock,hypothesispytest",
        {
            "pytest.ini": "[pytest]\nasyncio_mode = strict\n",
            # It imports trio, where that is installed, which starts a process then.
            "conftest.py": "import hypothesis\n",
            "tests/test_mine.py": """\
                import pytest
                from hypothesis import given, strategies

                import shop
                from shop import clamp


                @pytest.mark.asyncio
                async def test_mine():
                    assert clamp(1, 2, 3) == 2


                def test_mocked(mocker):
                    assert mocker.spy(shop, "clamp")(1, 2, 3) == 2


                @given(strategies.integers())
                def test_any(number):
                    assert 2 <= clamp(number, 2, 3) <= 3
                """,
        },
    ),
    "pytest-randomly": Plugin("randomly", ini()),
    "anyio": Plugin(
        "anyio",
        {
            "conftest.py": "import pytest\n\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n",
            "tests/test_mine.py": """\
                import anyio
                import pytest

                from shop import clamp


                @pytest.mark.anyio
                async def test_mine():
                    await anyio.sleep(0)
                    assert clamp(1, 2, 3) == 2
                """,
        },
    ),
    "pytest-timeout": Plugin("timeout", ini("timeout = 60")),
    "pytest-timeout, by a thread": Plugin("timeout", ini("timeout = 60", "timeout_method = thread")),
    "pytest-sugar": Plugin("sugar", ini(), ("--force-sugar",), passed="✓"),
    "pytest-django": Plugin(
        "django",
        {
            "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = settings\npythonpath = .\ndjango_find_project = false\n",
            "settings.py": """\
                SECRET_KEY = "a"
                INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
                DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
                """,
            "tests/test_mine.py": """\
                import pytest
                from django.contrib.auth.models import User

                from shop import clamp


                @pytest.mark.django_db
                def test_mine():
                    assert clamp(User.objects.count(), 2, 3) == 2
                """,
        },
    ),
    "pytest-benchmark": Plugin(
        "benchmark",
        {
            "tests/test_mine.py": "from shop import clamp\n\n\ndef test_mine(benchmark):\n    assert benchmark(clamp, 1, 2, 3) == 2\n"
        },
        ("--benchmark-max-time=0.01", "--benchmark-min-rounds=1"),
    ),
    "pytest-subtests": Plugin(
        "subtests",
        {
            "tests/test_mine.py": """\
                from shop import clamp


                def test_mine(subtests):
                    for number in range(3):
                        with subtests.test(number=number):
                            assert clamp(number, 2, 3) == 2
                """
        },
    ),
    "pytest-forked": Plugin(
        "pytest_forked",
        ini(),
        ("--forked",),
        note="--forked: what tests do in processes of their own is not measured, and counts as missing",
    ),
    "syrupy": Plugin(
        "syrupy",
        {
            "tests/test_mine.py": "from shop import clamp\n\n\ndef test_mine(snapshot):\n    assert clamp(1, 2, 3) == snapshot\n",
            "tests/__snapshots__/test_mine.ambr": "# serializer version: 1\n# name: test_mine\n  2\n# ---\n",
        },
    ),
    "inline-snapshot": Plugin(
        "inline_snapshot",
        {
            "tests/test_mine.py": """\
                from inline_snapshot import snapshot

                from shop import clamp


                def test_mine():
                    assert clamp(1, 2, 3) == snapshot(2)
                """
        },
    ),
}


@pytest.mark.parametrize("plugin", [pytest.param(plugin, id=name) for name, plugin in PLUGINS.items()])
def test_tests_are_added_and_the_suite_passes(project: Project, plugin: Plugin) -> None:
    names = plugin.names.split(",")
    if missing := [name for name in names if not entry_points(group="pytest11", name=name)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    options = (*(word for name in names for word in ("-p", name)), *plugin.options)
    report = adds_tests(project, Repository(plugin.files, options, passed=plugin.passed))
    assert report["notes"] == ([plugin.note] if plugin.note else [])
