"""The commands of a page, run as a reader runs them: copied, in the order of the page, in a checkout."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from source_destination_mailchimp.sandbox.http.server import Sandbox

ROOT = Path(__file__).resolve().parents[1]
SANDBOX_OF_THE_PAGES = "http://127.0.0.1:8185"
"""Where `make sandbox` listens; a test's sandbox has another port."""

PARTS_OF_A_CHECKOUT = (".venv-airbyte", ".demo", "examples")


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in one language, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"(?ms)^ *```{language}\n(.*?)^ *```", text)


def block_with(page: str, language: str, words: str) -> str:
    """Return the one block of a page that has some words in it."""
    (found,) = (block for block in blocks(page, language) if words in block)
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a checkout and a terminal, who has started the sandbox and run what `make` installs."""

    checkout: Path
    mailchimp: Sandbox

    def adapted(self, block: str) -> str:
        """Return a block for this reader: `make` has run already, and the sandbox has a port of its own."""
        lines = [line for line in block.splitlines() if not line.strip().startswith("make ")]
        return "\n".join(lines).replace(SANDBOX_OF_THE_PAGES, self.mailchimp.url)

    def run(self, *copied: str) -> str:
        """Run blocks in one shell that stops at the first failure; return what they printed."""
        script = "\n".join(["set -euo pipefail", *(self.adapted(block) for block in copied)])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.checkout,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def environment(self) -> dict[str, str]:
        """Return what a reader's terminal has; nothing is reported to anybody."""
        quiet = {"DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}
        return {**os.environ, **quiet}


def checkout(folder: Path, mailchimp: Sandbox) -> Reader:
    """Return a reader whose checkout shares its parts with this one and takes what the commands write."""
    for name in PARTS_OF_A_CHECKOUT:
        (folder / name).symlink_to(ROOT / name)
    return Reader(folder, mailchimp)
