def test_old():
	if True:
        assert True
