"""Fixtures of the project in the tests of the offline engine."""

from __future__ import annotations

import ast

import pytest

from tests.plugin.conftest import Project

EXPLORE = "--ai-gen-engine=explore"
LEDGER = """
    class Ledger:
        def __init__(self, connection):
            if not connection.open_for("ledger"):
                raise RuntimeError("no connection")
            self.rows = list(connection.rows)

        def total(self):
            return sum(self.rows)
    """
CONFTEST = """
    import pytest
    {imports}

    class Connection:
        rows = (3, 4)

        def open_for(self, name):
            return name == "ledger"

    @pytest.fixture{arguments}
    def ledger(){annotation}:
        {imported}
        made = Ledger(Connection())
        yield made
        made.rows.clear()
    """


def conftest(*, annotation: str = "", arguments: str = "") -> str:
    """With an import in the fixture where it is not annotated, so that nothing of the module counts as covered."""
    line = "from shop import Ledger"
    return CONFTEST.format(
        imports="from collections.abc import Iterator\n    from shop import Ledger" if annotation else "",
        imported="" if annotation else line,
        annotation=annotation,
        arguments=arguments,
    )


def asking(text: str) -> dict[str, list[str]]:
    """The tests with what they ask for."""
    tree = ast.parse(text)
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return {
        node.name: [arg.arg for arg in node.args.args] for node in functions if node.name.startswith("test_")
    }


@pytest.mark.parametrize(
    ("fixture", "test", "workers"),
    [
        pytest.param(conftest(annotation=" -> Iterator[Ledger]"), "", (), id="annotated"),
        pytest.param(conftest(), "def test_rows(ledger): assert ledger.rows", (), id="seen"),
        pytest.param(
            conftest(), "def test_rows(ledger): assert ledger.rows", ("-p", "xdist", "-n1"), id="seen by a worker"
        ),
    ],
)  # fmt: skip
def test_a_method_is_called_on_the_fixture(
    project: Project, fixture: str, test: str, workers: tuple[str, ...]
) -> None:
    project.write("shop/__init__.py", LEDGER)
    project.write("tests/conftest.py", fixture)
    project.write("tests/test_shop.py", test or "def test_nothing(): pass")
    project.generate(EXPLORE, "--ai-gen-target=shop/__init__.py::Ledger.total", *workers)
    text = project.read("tests/test_shop.py")
    assert "(ledger):\n    assert ledger.total() == 7" in text
    assert project.run("tests").parseoutcomes() == {"passed": 2}


@pytest.mark.parametrize(
    "arguments",
    ["(scope='module')", "(params=[1, 2])"],
    ids=["shared by tests", "several values"],
)
def test_other_fixtures_are_left_alone(project: Project, arguments: str) -> None:
    project.write("shop/__init__.py", LEDGER)
    project.write("tests/conftest.py", conftest(arguments=arguments))
    project.write("tests/test_shop.py", "def test_rows(ledger): assert ledger.rows")
    project.generate(EXPLORE, "--ai-gen-target=shop/__init__.py::Ledger.total")
    assert list(asking(project.read("tests/test_shop.py")).values()).count(["ledger"]) == 1


def test_an_argument_is_the_fixture_of_its_name(project: Project) -> None:
    project.write(
        "shop/__init__.py",
        """
        def owner(account):
            if account.checked("2024") != "yes":
                raise LookupError(account)
            return account.name.title()
        """,
    )
    project.write(
        "tests/test_shop.py",
        """
        import pytest

        class Account:
            name = "ada"

            def checked(self, year):
                return "yes" if year == "2024" else "no"

        @pytest.fixture
        def account():
            return Account()
        """,
    )
    project.generate(EXPLORE)
    text = project.read("tests/test_shop.py")
    assert '(account):\n    assert owner(account) == "Ada"' in text
    assert "failed" not in project.run("tests").parseoutcomes()
