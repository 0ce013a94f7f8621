"""The source's form as values: what somebody wants read, in our own words or in the official connector's."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from source_destination_mailchimp.airbyte.credentials import Credentials
from source_destination_mailchimp.airbyte.problems import BadSetting, Problem, listed
from source_destination_mailchimp.airbyte.settings import Form, read_settings
from source_destination_mailchimp.mailchimp.members import MOST_CONNECTIONS
from source_destination_mailchimp.source.spec import (
    DATE_EXAMPLES,
    DEFAULT_CONNECTIONS,
    DEFAULT_LOOKBACK_SECONDS,
    Schema,
    specification,
)

FORM: Schema = specification()["connectionSpecification"]
"""What `spec.json` holds; a test holds the two together."""

EARLIEST_YEAR = 1970
"""Mailchimp is younger. An earlier year stands for no date at all: `0001-01-01` is the empty time of Go and .NET."""

MOST_NAMED = 20
"""Audiences that a sentence names at most."""


class Settings(Form):
    """What to read, and how."""

    credentials: Credentials
    start_date: datetime | None = None
    audiences: tuple[str, ...] = ()
    include_archived: bool = True
    detect_deleted: bool = False
    external_id: Annotated[str, StringConstraints(to_upper=True)] = ""
    filter_bots: bool = False
    merge_fields: Literal["nested", "flat"] = "nested"
    lookback_seconds: int = Field(default=DEFAULT_LOOKBACK_SECONDS, ge=0)
    max_connections: int = Field(default=DEFAULT_CONNECTIONS, ge=1, le=MOST_CONNECTIONS)

    @property
    def lookback(self) -> timedelta:
        """Return how far before the last position an incremental sync reads again."""
        return timedelta(seconds=self.lookback_seconds)

    @property
    def is_flat(self) -> bool:
        """Return whether each merge field is a column of its own."""
        return self.merge_fields == "flat"

    @model_validator(mode="before")
    @classmethod
    def _take_the_official_keys(cls, config: Any) -> Any:
        """Put what the official connector's configurations have into our own boxes.

        `apikey` stood at the root before there were credentials, `num_workers` is its word for connections, and
        `data_center` it finds and writes by itself.
        """
        if not isinstance(config, Mapping):
            return config
        own = dict(config)
        key = own.pop("apikey", "")
        workers = own.pop("num_workers", DEFAULT_CONNECTIONS)
        own.pop("data_center", None)
        own.setdefault("credentials", {"auth_type": "apikey", "apikey": key})
        own.setdefault("max_connections", workers)
        return own

    @field_validator("start_date", mode="before")
    @classmethod
    def _read_the_start_date(cls, given: Any) -> datetime | None:
        """Read a day or a moment; without an offset it is UTC."""
        if not given:
            return None
        try:
            found = datetime.fromisoformat(str(given))
        except ValueError:
            raise Problem("", "not a valid date", f"Write it as {DATE_EXAMPLES}.") from None
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        if found.year < EARLIEST_YEAR:
            way_out = f"Write it as {DATE_EXAMPLES}, or leave it empty to read everything."
            raise Problem("", "before 1970", way_out)
        return found

    @field_validator("audiences")
    @classmethod
    def _leave_out_blank_audiences(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in given if name)


def parse(config: Mapping[str, Any]) -> Settings:
    """Return the form as typed settings; raises `BadSetting` with one sentence per wrong key."""
    return read_settings(Settings, FORM, config)


def check_start(wanted: Settings, now: datetime) -> None:
    """Raise `BadSetting` for a start date that is still to come: nothing would ever be read."""
    if wanted.start_date is not None and wanted.start_date > now:
        raise BadSetting(
            Problem(
                "start_date",
                f"{wanted.start_date.date()} is in the future, so nothing would be read",
                "Choose an earlier one, or leave it empty to read everything.",
            )
        )


def choose_audiences(wanted: tuple[str, ...], known: Mapping[str, str]) -> list[str]:
    """Return IDs of the audiences named by ID or by exact name, all of them when none is named.

    `known` is ID → name. Raises `BadSetting` for a name that fits none, or more than one.
    """
    if not wanted:
        return list(known)
    chosen: dict[str, None] = {}
    for name in wanted:
        fitting = [name]
        if name not in known:
            fitting = [audience_id for audience_id, title in known.items() if title == name]
        if len(fitting) != 1:
            raise BadSetting(_unclear(name, fitting, known))
        chosen[fitting[0]] = None
    return list(chosen)


def _unclear(name: str, fitting: list[str], known: Mapping[str, str]) -> Problem:
    if fitting:
        wrong = f"{len(fitting)} audiences are named {name!r}"
        return Problem("audiences", wrong, f"Use the ID of the one you mean: {listed(fitting)}.")
    wrong = f"there is no audience {name!r} in this account"
    if not known:
        return Problem("audiences", wrong, "The account has no audiences.")
    named = [f"{title} ({audience_id})" for audience_id, title in known.items()]
    return Problem("audiences", wrong, f"Available: {', '.join(named[:MOST_NAMED])}.")
