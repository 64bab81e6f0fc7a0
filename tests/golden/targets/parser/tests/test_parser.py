import io

import pytest

from dotenv.parser import Binding, Original, parse_stream


def parse(text):
    """All bindings of a text."""
    return list(parse_stream(io.StringIO(text)))


def test_parse_stream():
    assert parse("a=b") == [Binding(key="a", value="b", original=Original("a=b", 1), error=False)]
