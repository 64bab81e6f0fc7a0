from plugs.main import main


def test_echo():
    assert main(["echo a"]) == ["a"]
