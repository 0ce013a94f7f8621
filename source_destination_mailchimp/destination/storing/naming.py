"""What a file of the store is called: the formats of the form filled in, with names that cannot leave their folder."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.mailchimp.errors import Misconfigured

_PLACEHOLDER = re.compile(r"\$?\{([^{}]*)\}")
_UNSAFE = re.compile(r"[^\w. -]|^\.+")
_LONGEST_PART = 100
_KNOWN = (
    *("sync_id", "namespace", "stream_name", "date", "timestamp", "part_number", "format_extension"),
    *("year", "month", "day", "hour", "minute", "second", "millisecond", "epoch"),
)


@dataclass(frozen=True, slots=True)
class Naming:
    """Names of files below a prefix. `started` is when the run began, in UTC."""

    prefix: str
    path_format: str
    file_name_format: str
    sync_id: int | None
    started: datetime

    def check(self) -> None:
        """Raise `Misconfigured` if the formats name something we do not know, or would overwrite files."""
        _check_placeholders("path_format", self.path_format)
        _check_placeholders("file_name_format", self.file_name_format)
        if "{part_number}" not in self.file_name_format.lower():
            raise Misconfigured(
                "object_storage_config.file_name_format needs {part_number}: "
                "without it a file would overwrite the one before it."
            )

    def key(self, stream: StreamId, part: int, extension: str, *, beginning: str = "") -> str:
        """Return the path of a file, its parts joined by "/"; `beginning` stands before the name of the file."""
        words = self._words(stream)
        words["part_number"] = str(part)
        words["format_extension"] = extension
        folder = _filled(self.path_format, words)
        name = beginning + _filled(self.file_name_format, words)
        parts = []
        for piece in f"{self.prefix}/{folder}/{name}".split("/"):
            if piece not in ("", ".", ".."):
                parts.append(piece)
        return "/".join(parts)

    def _words(self, stream: StreamId) -> dict[str, str]:
        started = self.started
        milliseconds = str(int(started.timestamp() * 1000))
        sync_id = ""
        if self.sync_id is not None:
            sync_id = str(self.sync_id)
        return {
            "sync_id": sync_id,
            "namespace": safe_name(stream.namespace or ""),
            "stream_name": safe_name(stream.name),
            "date": started.strftime("%Y_%m_%d"),
            "timestamp": milliseconds,
            "epoch": milliseconds,
            "year": str(started.year),
            "month": f"{started.month:02}",
            "day": f"{started.day:02}",
            "hour": f"{started.hour:02}",
            "minute": f"{started.minute:02}",
            "second": f"{started.second:02}",
            "millisecond": f"{started.microsecond // 1000:04}",
        }


def safe_name(text: str) -> str:
    """Return a name as one part of a path; names that had to be changed stay apart from each other."""
    if not text:
        return ""
    safe = _UNSAFE.sub("_", text)[:_LONGEST_PART]
    if safe == text:
        return safe
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return f"{safe}-{digest[:8]}"


def _check_placeholders(setting: str, template: str) -> None:
    known = ", ".join(f"{{{name}}}" for name in _KNOWN)
    for name in _PLACEHOLDER.findall(template):
        if name.lower() not in _KNOWN:
            raise Misconfigured(
                f"object_storage_config.{setting} has a placeholder that does not exist: {{{name}}}. There are {known}."
            )


def _filled(template: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: words[match[1].lower()], template)
