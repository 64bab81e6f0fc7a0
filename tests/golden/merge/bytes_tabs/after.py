from shop.basket import total


def test_old():
	if True:
		assert True


# aigen: shop.basket:total
def test_new():
	for n in (1, 2):
		assert total([n]) == n
