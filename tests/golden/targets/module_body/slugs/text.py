"""Names for URLs."""

import re
import sys

try:
    import unidecode
except ImportError:
    from . import letters as unidecode

if sys.maxsize < 2**32:
    WIDE = False
else:
    WIDE = True

SEPARATOR = "-"
_WORDS = re.compile(r"\w+")


def slug(text: str) -> str:
    """Lower case words with separators."""
    return SEPARATOR.join(_WORDS.findall(unidecode.unidecode(text).lower()))
