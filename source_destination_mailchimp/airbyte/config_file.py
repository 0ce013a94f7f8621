"""The file with the settings, as the platform hands it over."""

from pathlib import Path
from typing import Any

import orjson

from source_destination_mailchimp.airbyte.problems import BadSetting, Problem


def read_config_file(path: str) -> dict[str, Any]:
    """Return the settings in a file; raises `BadSetting` for a file that is not there or does not hold an object."""
    try:
        found = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        reason = error.strerror or "not readable"
        raise BadSetting(Problem("--config", f"the file cannot be read ({reason})", "Check its path.")) from None
    except orjson.JSONDecodeError:
        # Without its cause, which holds the text of the file.
        raise BadSetting(Problem("--config", "the file is not JSON", "Check its content.")) from None
    if not isinstance(found, dict):
        raise BadSetting(Problem("--config", "the file is not a JSON object", "Put the settings in braces."))
    return found
