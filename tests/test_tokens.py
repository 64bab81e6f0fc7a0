"""Counting never downloads and never fails; what is estimated is rather too much."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_aigen import tokens

CODE = Path(tokens.__file__).read_text("utf-8")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_without_data_it_is_estimated(cache: Path) -> None:
    assert tokens.method("gpt-4o") == "estimate"
    assert tokens.count(CODE, "gpt-4o") == tokens.estimate(CODE) > len(CODE) / 5


def test_damaged_data_is_not_fetched_again(cache: Path) -> None:
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    damaged = cache / hashlib.sha1(url.encode()).hexdigest()
    damaged.write_bytes(b"YQ== 0\n")
    assert tokens.method("gpt-4o") == "estimate"
    assert damaged.exists()


@pytest.mark.parametrize("name", ["TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"])
def test_no_cache_at_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    monkeypatch.setenv(name, "")
    assert tokens.method("gpt-4o") == "estimate"


def test_looks_where_tiktoken_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = tokens._cached_file("o200k_base")
    assert path == str(tmp_path / "data-gym-cache" / "fb374d419588a4632f3f557e76b4b70aebbca790")
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", "/b")
    assert str(tokens._cached_file("o200k_base")).startswith("/b")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "/a")
    assert str(tokens._cached_file("o200k_base")).startswith("/a")


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o", "o200k_base"),
        ("openai:gpt-4.1-mini", "o200k_base"),
        ("o3", "o200k_base"),
        ("qwen2.5-coder:7b", "o200k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("openai/gpt-3.5-turbo", "cl100k_base"),
        ("ft:gpt-4:me", "cl100k_base"),
        ("ft:gpt-4o:me", "o200k_base"),
    ],
)
def test_encoding_of_a_model(model: str, encoding: str) -> None:
    assert tokens._encoding_name(model) == encoding


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=300))
def test_estimate_of_anything(text: str) -> None:
    assert 0 <= tokens.estimate(text) <= 4 * len(text)


class Letters:
    """An encoding with a token for each letter."""

    def encode_ordinary(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]


def test_data_at_hand_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_load", lambda name, path: Letters())
    assert tokens.count("abc", "gpt-4o") == 3
    assert tokens.method("gpt-4-turbo") == "tiktoken cl100k_base"


def test_loads_only_what_is_whole(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiktoken.get_encoding", lambda name: Letters())
    path = tokens._cached_file("o200k_base")
    assert path is not None
    Path(path).write_bytes(b"whole")
    monkeypatch.setitem(tokens._DATA, "o200k_base", hashlib.sha256(b"whole").hexdigest())
    assert tokens.count("abc", "gpt-4o") == 3
    Path(path).write_bytes(b"broken")
    tokens._load.cache_clear()
    assert tokens.method("gpt-4o") == "estimate"


def test_long_runs_are_left_to_the_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_load", lambda name, path: Letters())
    text = "a" * 10_000
    assert tokens.count(text, "gpt-4o") == tokens.estimate(text) < 10_000
