def test_old(request):
    assert "patched" not in request.fixturenames
