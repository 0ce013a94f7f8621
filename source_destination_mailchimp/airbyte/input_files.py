"""The files that the platform hands over: settings, the configured catalog, the states of the last sync."""

from pathlib import Path
from typing import Any

import orjson

from source_destination_mailchimp.airbyte.problems import BadSetting, Problem


def read_config_file(path: str) -> dict[str, Any]:
    """Return the settings in a file; raises `BadSetting` for a file that is not there or does not hold an object."""
    return _read_object("--config", path, "Write the settings as a JSON object in braces.")


def read_catalog_file(path: str) -> dict[str, Any]:
    """Return the configured catalog in a file; raises `BadSetting` where an entry of it does not name a stream."""
    catalog = _read_object("--catalog", path, 'Write it as a JSON object in braces: {"streams": [...]}.')
    streams = catalog.get("streams") or []
    if not isinstance(streams, list) or not all(_names_a_stream(entry) for entry in streams):
        raise not_a_catalog()
    return catalog


def not_a_catalog() -> BadSetting:
    """Return the error of a file that holds something else than a configured catalog."""
    return BadSetting(
        Problem(
            "--catalog",
            "the file is not a configured catalog",
            "Each entry of its streams needs a stream with a name, a json_schema and its sync modes.",
        )
    )


def check_state_file(path: str) -> None:
    """Raise `BadSetting` for a file that is not there or holds something else than a list, or nothing."""
    found = _read_json("--state", path)
    if found and not isinstance(found, list):
        raise not_states()


def not_states() -> BadSetting:
    """Return the error of a file that holds something else than the states of a sync."""
    return BadSetting(
        Problem(
            "--state", "the file does not hold saved states", "Write it as a JSON list of the states in STATE messages."
        )
    )


def _read_object(option: str, path: str, way_out: str) -> dict[str, Any]:
    found = _read_json(option, path)
    if not isinstance(found, dict):
        raise BadSetting(Problem(option, "the file is not a JSON object", way_out))
    return found


def _read_json(option: str, path: str) -> Any:
    """Return what a file holds; nothing that is in it gets into an error."""
    try:
        return orjson.loads(Path(path).read_bytes())
    except OSError as error:
        reason = error.strerror or "not readable"
        raise BadSetting(Problem(option, f"the file cannot be read ({reason})", "Check its path.")) from None
    except orjson.JSONDecodeError:
        # Without its cause, which holds the text of the file.
        raise BadSetting(Problem(option, "the file is not JSON", "Check its content.")) from None


def _names_a_stream(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("stream"), dict):
        return False
    name = entry["stream"].get("name")
    return isinstance(name, str) and bool(name)
