"""Which files are private."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aigen.privacy.files import PrivateFiles


@pytest.mark.parametrize(
    "path",
    [
        ".env", ".env.local", "conf/prod.env", "certs/server.pem", "id_rsa", "id_rsa.pub", "a/.ssh/config", "credentials",
        "shop/credentials.py", "Secrets.yaml", "shop/secrets.py", ".netrc", "SERVER.KEY", "terraform.tfvars",
        "service-account-prod.json", ".aws/config",
    ],
)  # fmt: skip
def test_private_by_name(tmp_path: Path, path: str) -> None:
    assert PrivateFiles(tmp_path)(tmp_path / path)


@pytest.mark.parametrize(
    "path",
    [
        "shop/environment.py",
        "shop/secret_santa.py",
        "shop/keys.py",
        "shop/my_credentials.py",
        "a/env/b.py",
        "x.py",
    ],
)
def test_not_private(tmp_path: Path, path: str) -> None:
    assert not PrivateFiles(tmp_path)(tmp_path / path)


@pytest.mark.parametrize(
    ("patterns", "path", "private"),
    [
        (["prices.py"], "shop/prices.py", True),
        (["shop/prices.py"], "shop/prices.py", True),
        (["shop/prices.py"], "other/shop/prices.py", False),
        (["shop/*"], "shop/inner/a.py", True),
        (["shop"], "shop/a.py", True),
        (["inner/"], "shop/inner/a.py", True),
        (["a/"], "shop/a", False),
        (["**/inner/*.py"], "inner/a.py", True),
        (["shop/**"], "shop/a/b.py", True),
        (["./shop/a.py"], "shop/a.py", True),
        (["SHOP/A.PY"], "shop/a.py", True),
        (["!credentials.py"], "shop/credentials.py", False),
        (["!shop/credentials.py"], "other/credentials.py", True),
        (["shop/*", "!shop/a.py"], "shop/a.py", False),
        (["shop/*", "!shop/a.py", "a.py"], "shop/a.py", True),
    ],
)
def test_patterns_of_the_settings(tmp_path: Path, patterns: list[str], path: str, private: bool) -> None:
    assert PrivateFiles(tmp_path, patterns)(tmp_path / path) is private


def test_links_are_followed_both_ways(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1")
    (tmp_path / "plain.py").symlink_to(tmp_path / ".env")
    (tmp_path / "secrets.py").symlink_to(tmp_path / "x.py")
    is_private = PrivateFiles(tmp_path)
    assert is_private(tmp_path / "plain.py")
    assert is_private(tmp_path / "secrets.py")


def test_the_root_itself_does_not_count(tmp_path: Path) -> None:
    root = tmp_path / "credentials"
    assert not PrivateFiles(root)(root / "a.py")
