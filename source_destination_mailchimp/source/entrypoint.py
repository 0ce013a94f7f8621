"""The source's command line: the CDK's, with our own word on settings in the place of its own.

The CDK checks a configuration itself, and its sentence repeats what it refuses: a key pasted into the wrong box would
stand in the log.
"""

import argparse
import sys
import threading
from collections.abc import Iterator

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_destination_mailchimp.airbyte import traces
from source_destination_mailchimp.airbyte.ending import Ending
from source_destination_mailchimp.airbyte.temporary_files import require_temporary_folder
from source_destination_mailchimp.mailchimp.errors import Misconfigured


class SourceEntrypoint(AirbyteEntrypoint):
    """Answers a check with a status whatever is wrong with the settings, even with the file that they are in."""

    def run(self, parsed_args: argparse.Namespace) -> Iterator[str]:
        """Yield the lines of a command."""
        try:
            require_temporary_folder()  # the CDK makes one for every command, whether it is needed or not
            yield from super().run(parsed_args)
        except Misconfigured as error:
            raise traces.traced(error) from error
        except AirbyteTracedException as error:
            # There is none for an error that is not the user's to mend.
            status = error.as_connection_status_message()
            if parsed_args.command != "check" or status is None:
                raise
            yield self.airbyte_message_to_string(status)

    def launch(self, args: list[str]) -> None:
        """Carry out a command line; each message is one line, written by one call.

        A signal, or the end of whoever reads the output, ends the process within seconds and between two lines: what
        was said until then is true, and a later run continues from the last state. An error that explains itself ends
        it with one sentence; only a fault of ours has a traceback.
        """
        parsed = self.parse_args(args)
        self.logger.addFilter(traces.without_traceback)
        ending, told = Ending(), threading.Event()
        ending.stops(told.set)
        ending.watch(sys.stdout.fileno())
        try:
            with PRINT_BUFFER:
                self._print_lines(parsed, told)
        except BrokenPipeError:
            ending.exit()
        if told.is_set():
            ending.exit()

    def _print_lines(self, parsed: argparse.Namespace, told: threading.Event) -> None:
        """Print a command's lines until the process is `told` to end; an error that explains itself is printed too."""
        try:
            for line in self.run(parsed):
                sys.stdout.write(f"{line}\n")
                if told.is_set():
                    return
        except traces.Explained as error:
            for message in traces.last_messages(error):
                sys.stdout.write(f"{orjson.dumps(message).decode()}\n")
            sys.exit(1)
