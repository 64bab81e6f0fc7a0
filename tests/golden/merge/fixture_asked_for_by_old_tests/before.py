def test_old(tmp_path):
    assert tmp_path.exists()
