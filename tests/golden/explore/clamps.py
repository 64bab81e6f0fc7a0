from clamps import clamp


def test_clamp_of_3():
    assert clamp(3, 3, 3) == 3


from clamps import clamp


def test_clamp_returns_low_when_value_is_below_low():
    assert clamp(1, 3, 3) == 3


from clamps import clamp


def test_clamp_returns_high_when_value_is_above_high():
    assert clamp(3, 3, 1) == 1
