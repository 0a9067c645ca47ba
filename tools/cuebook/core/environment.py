"""What programs that we start get of our environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

_KEY = re.compile(r"API_?KEY|ACCESS_KEY|SECRET|PASSWORD|PASSWD|AUTH_TOKEN")


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what is called like a key: only the process that asks models needs one.

    Tokens of a forge stay: credential helpers of git read them.
    """
    return {name: value for name, value in environ.items() if not _KEY.search(name.upper())}
