import asyncio

from kinds import double


def test_double_returns_6_for_3():
    assert asyncio.run(double(3)) == 6


from kinds import count


def test_count_of_3():
    assert list(count(3)) == [0, 1, 2]


from kinds import opened


def test_opened_of_alice():
    with opened("Alice") as entered:
        assert entered == "ALICE"


from kinds import greet


def test_greet_prints_for_alice(capsys):
    greet("Alice")
    assert capsys.readouterr().out == "Hello, Alice!\n"


from kinds import shout


def test_shout_changes_its_argument_for_list_of_alice():
    names = ["Alice"]
    shout(names)
    assert names == ["ALICE"]


from kinds import halves


def test_halves_of_list_of_3():
    assert [list(part) for part in halves([3])] == [[], [3]]
