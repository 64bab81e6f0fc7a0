"""How many tokens a text has for a model: counted with tiktoken where its data is at hand, estimated where it is not.

Never downloads, and never raises: tiktoken fetches an encoding on first use, which offline is an exception and behind
a silent firewall a long wait, so it is only asked for what its cache already holds.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

#: SHA-256 of each encoding's data; tiktoken deletes and downloads again what does not match.
_DATA = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_OLD_MODEL = re.compile(r"(?:ft:)?(?:gpt-4(?!o|\.)|gpt-3|text-embedding)")
#: About what encodings make one token of; words of more letters are cut further than encodings would.
_PIECE = re.compile(r" ?[A-Za-z]{1,6}|\d{1,3}|[^\S\n]{2,}|\n+|[^\sA-Za-z\d]")
#: Such runs cost tiktoken quadratic time.
_LONG_RUN = re.compile(r"\S{2000}|[^\S\n]{2000}|\n{2000}")


def count(text: str, model: str) -> int:
    """Tokens of a text for a model; where they are estimated, rather too many than too few."""
    encoding = _encoding(_encoding_name(model))
    if encoding is None or _LONG_RUN.search(text):
        return estimate(text)
    return len(encoding.encode_ordinary(text))


def method(model: str) -> str:
    """How tokens are counted for a model: ``tiktoken o200k_base`` or ``estimate``."""
    name = _encoding_name(model)
    return f"tiktoken {name}" if _encoding(name) else "estimate"


def estimate(text: str) -> int:
    """Rather too many than too few.

    >>> estimate("def total(prices):\\n    return sum(prices)\\n")
    14
    """
    pieces = _PIECE.findall(text)
    wide = sum(len(piece.encode()) - 1 for piece in pieces if not piece.isascii())
    return len(pieces) + wide


def _encoding_name(model: str) -> str:
    name = model.rpartition("/")[2].rpartition(":")[2] if not model.startswith("ft:") else model
    return "cl100k_base" if _OLD_MODEL.match(name) else "o200k_base"


def _encoding(name: str) -> tiktoken.Encoding | None:
    path = _cached_file(name)
    return _load(name, path) if path else None


def _cached_file(name: str) -> str | None:
    """Where tiktoken keeps the data of an encoding; None where caching is off."""
    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if folder is None:
        folder = os.path.join(tempfile.gettempdir(), "data-gym-cache")
    return os.path.join(folder, hashlib.sha1(_URL.format(name).encode()).hexdigest()) if folder else None


@lru_cache(maxsize=8)
def _load(name: str, path: str) -> tiktoken.Encoding | None:
    try:
        if hashlib.sha256(Path(path).read_bytes()).hexdigest() != _DATA[name]:
            return None
        import tiktoken

        return tiktoken.get_encoding(name)
    except Exception:  # no file, no tiktoken, or one that keeps its data elsewhere
        return None
