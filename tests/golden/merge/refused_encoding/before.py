# -*- coding: latin-1 -*-
def test_old():
    pass
