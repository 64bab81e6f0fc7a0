import pytest

from cached.clock import Clock
from cached.flights import Flights


@pytest.fixture
def clock():
    """A clock that stands still."""
    return Clock(0.0)


@pytest.fixture(name="flights")
def make_flights(clock):
    return Flights(clock, keep=5)
