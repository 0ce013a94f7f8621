"""The entry of the command `mailchimp-sandbox`: the sandbox itself, or `verify`, which needs no extra."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import Final

from source_destination_mailchimp.sandbox.verify import command as verify

NEEDED: Final = ("starlette", "uvicorn", "httptools", "uvloop", "sortedcontainers")
HOW_TO_INSTALL: Final = (
    "mailchimp-sandbox needs the extra `sandbox`, and {missing} is not installed. "
    "Install it with: pip install 'source-destination-mailchimp[sandbox]'"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox, or verify; says how to get the extra where it is missing. Returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["verify"]:
        return verify.main(given[1:])
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(HOW_TO_INSTALL.format(missing=", ".join(missing)), file=sys.stderr)
        return 2
    # Imported by name: without the extra the import would fail before anything could be said.
    command = importlib.import_module("source_destination_mailchimp.sandbox.command")
    return int(command.main(given))


if __name__ == "__main__":
    sys.exit(main())
