from tenacity import retry


def test_never():
    assert not retry.retry_never(None)
