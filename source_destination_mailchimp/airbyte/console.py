"""What a person sees of a run whose standard output only a program reads: the headline, and what needs a person.

PyAirbyte writes every LOG message to a file, whatever its level, and shows none [ran, 0.71.3]; but it leaves standard
error to the console it was started from. So does a shell that pipes the output on. The platform shows all LOG messages
and takes every line of standard error for an error [documented], so nothing is written there.
"""

import contextlib
from collections.abc import Mapping
from typing import TextIO

from source_destination_mailchimp.airbyte.messages import Message, part

OF_THE_PLATFORM = ("WORKER_JOB_ID", "WORKER_CONNECTOR_IMAGE")
"""Environment variables that the platform sets for every connector it runs. [its source]"""


class Console:
    """Shows sentences on standard error, or nowhere."""

    def __init__(self, errors: TextIO | None = None) -> None:
        self._errors = errors

    @classmethod
    def of_process(cls, environment: Mapping[str, str], output: TextIO, errors: TextIO) -> "Console":
        """Return the console of this process: none on the platform, nor where the output itself is a terminal."""
        is_on_platform = any(name in environment for name in OF_THE_PLATFORM)
        if is_on_platform or output.isatty():
            return cls()
        return cls(errors)

    def show(self, sentence: str) -> None:
        """Show a sentence; a console that is gone is not missed."""
        if self._errors is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._errors.write(f"{sentence}\n")
            self._errors.flush()

    def show_warning(self, message: Message) -> None:
        """Show what a LOG message says, if it is a warning: errors are shown by whoever runs the connector."""
        logged = part(message, "log")
        if logged.get("level") == "WARN":
            self.show(f"WARNING: {logged.get('message')}")
