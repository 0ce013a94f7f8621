"""The source's command line: the CDK's, with our own word on settings in the place of its own.

The CDK checks a configuration itself, and its sentence repeats what it refuses: a key pasted into the wrong box would
stand in the log.
"""

import argparse
import sys
from collections.abc import Iterator

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.utils.traced_exception import AirbyteTracedException


class SourceEntrypoint(AirbyteEntrypoint):
    """Answers a check with a status whatever is wrong with the settings, even with the file that they are in."""

    def run(self, parsed_args: argparse.Namespace) -> Iterator[str]:
        """Yield the lines of a command."""
        try:
            yield from super().run(parsed_args)
        except AirbyteTracedException as error:
            # There is none for an error that is not the user's to mend.
            status = error.as_connection_status_message()
            if parsed_args.command != "check" or status is None:
                raise
            yield self.airbyte_message_to_string(status)

    def launch(self, args: list[str]) -> None:
        """Carry out a command line; each message is one line, written by one call."""
        parsed = self.parse_args(args)
        with PRINT_BUFFER:
            for line in self.run(parsed):
                sys.stdout.write(f"{line}\n")
