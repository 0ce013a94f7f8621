"""The programs that docs/sandbox.md shows, so that tests can run them."""

import re
from pathlib import Path

from source_destination_mailchimp.sandbox.http.server import Sandbox

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"
SHOWN_URL = "http://127.0.0.1:8185"


def program(language: str, words: str, sandbox: Sandbox) -> str:
    """Return the code block of a language that holds these words, pointed at a running sandbox."""
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    found = [block for block in blocks if words in block]
    assert len(found) == 1, f"{len(found)} blocks hold {words!r}"
    assert SHOWN_URL in found[0]
    return str(found[0].replace(SHOWN_URL, sandbox.url))
