"""The form as values: what somebody wants read, from our own config or from the official connector's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

DEFAULT_CONNECTIONS = 5
MOST_CONNECTIONS = 10
"""Mailchimp's limit for one user, shared with every other integration of theirs. [documented]"""


class BadSetting(ValueError):
    """A setting that cannot be meant; the message names its box and the way out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to read, and how."""

    credentials: Mapping[str, Any] = field(repr=False)
    start_date: datetime | None = None
    audiences: tuple[str, ...] = ()
    include_archived: bool = True
    lookback: timedelta = timedelta(0)
    is_flat: bool = False
    detect_deleted: bool = False
    filter_bots: bool = False
    external_id: str = ""
    max_connections: int = DEFAULT_CONNECTIONS


def settings(config: Mapping[str, Any]) -> Settings:
    """Read a config; `apikey` beside the credentials, `num_workers` and `data_center` are the official connector's."""
    return Settings(
        credentials=_credentials(config),
        start_date=_start(config.get("start_date")),
        audiences=tuple(str(wanted).strip() for wanted in config.get("audiences") or () if str(wanted).strip()),
        include_archived=bool(config.get("include_archived", True)),
        lookback=timedelta(seconds=float(config.get("lookback_seconds") or 0)),
        is_flat=config.get("merge_fields") == "flat",
        detect_deleted=bool(config.get("detect_deleted", False)),
        filter_bots=bool(config.get("filter_bots", False)),
        external_id=str(config.get("external_id") or "").strip().upper(),
        max_connections=_connections(config.get("max_connections") or config.get("num_workers")),
    )


def _credentials(config: Mapping[str, Any]) -> Mapping[str, Any]:
    given = config.get("credentials")
    if isinstance(given, Mapping) and given:
        return given
    return {"auth_type": "apikey", "apikey": config.get("apikey") or ""}


def _start(text: Any) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(str(text).strip())
    except ValueError as error:
        raise BadSetting(
            f"start_date {text!r} is not a date. Write it as 2026-01-31 or 2026-01-31T00:00:00Z."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _connections(wanted: Any) -> int:
    return min(max(int(wanted), 1), MOST_CONNECTIONS) if wanted else DEFAULT_CONNECTIONS


def check_start(wanted: Settings, now: datetime) -> None:
    """Raise `BadSetting` for a start date that is still to come: nothing would ever be read."""
    if wanted.start_date is not None and wanted.start_date > now:
        raise BadSetting(
            f"start_date {wanted.start_date.date()} is in the future, so nothing would be read. "
            "Choose an earlier one, or leave it empty to read everything."
        )


def choose_audiences(wanted: tuple[str, ...], known: Mapping[str, str]) -> list[str]:
    """IDs of the audiences named by ID or by exact name; `known` is ID → name. All of them when none is named."""
    if not wanted:
        return list(known)
    chosen: dict[str, None] = {}
    for name in wanted:
        found = [name] if name in known else [key for key, title in known.items() if title == name]
        if len(found) != 1:
            raise BadSetting(_unclear(name, found, known))
        chosen[found[0]] = None
    return list(chosen)


def _unclear(name: str, found: list[str], known: Mapping[str, str]) -> str:
    if found:
        return (
            f"audiences: {len(found)} audiences are named {name!r}. Use the ID of the one you mean: {', '.join(found)}."
        )
    listed = ", ".join(f"{title} ({key})" for key, title in list(known.items())[:20]) or "none at all"
    return f"audiences: there is no audience {name!r} in this account. There are: {listed}."
