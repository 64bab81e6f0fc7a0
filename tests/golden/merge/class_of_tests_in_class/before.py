class TestA:
    def test_old(self):
        pass
