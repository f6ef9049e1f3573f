"""The words of `words.toml`, ready to match with."""

import re
import tomllib
from pathlib import Path
from typing import Any

_WORDS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)

#: Fields of a heading with the labels that name them.
FIELDS = tuple(
    (name, re.compile("|".join(patterns), re.IGNORECASE))
    for name, patterns in _WORDS["fields"].items()
)
PLATFORMS = tuple((name, re.compile(pattern)) for name, pattern in _WORDS["platforms"].items())
#: Alternatives, to be put into brackets.
POSTS = "|".join(_WORDS["posts"]["words"])
BODIES = "|".join(_WORDS["organisations"]["ends"])
NO_NAMES = re.compile(rf"(?:The )?(?:{'|'.join(_WORDS['organisations']['no_names'])})")
