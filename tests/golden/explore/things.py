from things import Version


def test_version_bump_returns_version():
    version = Version(3)
    assert version.bump() == Version(major=4)


from things import Car


def test_car_twin_returns_car():
    car = Car("hello")
    result = car.twin()
    assert isinstance(result, Car)
    assert result.engine.power == "hellohello"
    assert result.wheels == 4


import pytest

from things import points


def test_points_of_decimal():
    assert points(1.5) == [(0.5, 1), pytest.approx((0.21428571428571427, 2))]


from things import separated


def test_separated_of_folder():
    assert separated("/folder") == r"\folder"
