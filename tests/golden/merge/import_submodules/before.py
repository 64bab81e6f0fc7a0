import os.path


def test_path():
    assert os.path
