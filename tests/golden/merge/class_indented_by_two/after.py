from shop.basket import total


class TestTotal:
  def test_two(self):
    if True:
      assert 1

  # aigen: shop.basket:total
  def test_block(self):
    text = """
    kept
        """
    if text:
      assert total([
          1,
      ]) == 1
      # really
    assert text.split() == ["kept"]
