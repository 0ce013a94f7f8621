"""Messages of the Airbyte protocol as the dicts of the wire: nothing of a message that we do not read is lost."""

from typing import Any

Message = dict[str, Any]


def log(sentence: str, level: str = "INFO") -> Message:
    """Return a LOG message; levels are the protocol's (INFO, WARN, ERROR …)."""
    return {"type": "LOG", "log": {"level": level, "message": sentence}}
