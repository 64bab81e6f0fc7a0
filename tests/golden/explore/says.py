import pytest

from says import old


def test_old_returns_4_for_3():
    with pytest.warns(DeprecationWarning, match="old is deprecated, use new"):
        result = old(3)
    assert result == 4


from says import reports


def test_reports_logs_for_alice(caplog):
    reports("Alice")
    assert caplog.messages == ["no such name: Alice"]


from says import complains


def test_complains_prints_for_alice(capsys):
    complains("Alice")
    assert capsys.readouterr().err == "bad name: Alice\n"


import says
from says import register


def test_register_changes_registry_for_alice(monkeypatch):
    monkeypatch.setattr("says.REGISTRY", {})
    register("Alice")
    assert says.REGISTRY == {"Alice": 5}


from says import counts


def test_counts_returns_10(monkeypatch):
    monkeypatch.setattr("says.COUNT", 0)
    assert counts() == 10
