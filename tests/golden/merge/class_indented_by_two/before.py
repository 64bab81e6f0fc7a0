class TestTotal:
  def test_two(self):
    if True:
      assert 1
