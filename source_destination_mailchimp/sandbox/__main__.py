"""Start the command `mailchimp-sandbox`: the sandbox, or `verify`, which needs no extra.

Where the extra is missing the command says how to install it.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from source_destination_mailchimp.sandbox.verify import command as verify

NEEDED: Final = ("httptools", "jinja2", "orjson", "sortedcontainers", "starlette", "uvicorn", "uvloop")
MISSING: Final = tuple(name for name in NEEDED if find_spec(name) is None)
HOW_TO_GET_IT: Final = """\
mailchimp-sandbox: {missing} is not installed. The sandbox is an extra of this package, install it with:
  pip install 'source-destination-mailchimp[sandbox]'
"""

if not MISSING:
    from source_destination_mailchimp.sandbox import command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; 1 if the extra is missing."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["verify"]:
        return verify.main(given[1:])
    if MISSING:
        sys.stderr.write(HOW_TO_GET_IT.format(missing=", ".join(MISSING)))
        return 1
    return command.main(given)


if __name__ == "__main__":
    sys.exit(main())
