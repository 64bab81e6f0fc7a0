from durations import parse_duration


def test_parse_duration_returns_180_for_3m():
    assert parse_duration("3m") == 180


import pytest

from durations import parse_duration


def test_parse_duration_rejects_unknown_unit():
    with pytest.raises(ValueError, match="unknown unit '3'"):
        parse_duration("13")


import pytest

from durations import parse_duration


def test_parse_duration_rejects_empty_duration():
    with pytest.raises(ValueError, match="empty duration"):
        parse_duration(0)
