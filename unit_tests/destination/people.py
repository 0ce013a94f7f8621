"""A settings form, an audience and a stream to map, each with as little as a test wants to say."""

from collections.abc import Mapping
from typing import Any

import hypothesis

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.compiling import (
    FirstRecordMapper,
    LiveAudience,
    Mapper,
    compile_mapping,
)
from source_destination_mailchimp.destination.model import Contact, Note, Reason, Rejected, StreamId
from source_destination_mailchimp.mailchimp.members import Audience, Interest, Json, MergeField

UNTIMED = hypothesis.settings(deadline=None)
"""The libraries behind the fast paths read their tables at the first call, which may take a while."""

STREAM = StreamId("shop", "people")
NOW = 1_800_000_000.0
"""Seconds since 1970 at which the tests map their records: in January 2027."""

FIELDS = (
    MergeField("FNAME", "First Name", "text"),
    MergeField("LNAME", "Last Name", "text"),
    MergeField("ADDRESS", "Address", "address", default_country=164),
    MergeField("PHONE", "Phone Number", "phone", phone_format="US"),
    MergeField("BIRTHDAY", "Birthday", "birthday", date_format="MM/DD"),
    MergeField("JOINED", "Joined at", "date", date_format="MM/DD/YYYY"),
    MergeField("LTV", "Lifetime value", "number"),
    MergeField("PLAN", "Plan", "dropdown", choices=("Free", "Pro")),
    MergeField("SITE", "Website", "url"),
    MergeField("ZIP", "Zip", "zip"),
    MergeField("CRMID", "CRM ID", "text", required=True),
)
INTERESTS = (
    Interest("i-red", "Red", "Colors"),
    Interest("i-blue", "Blue, dark", "Colors"),
    Interest("i-week", "Weekly", "How often", "radio"),
    Interest("i-month", "Monthly", "How often", "radio"),
)
LIVE = LiveAudience(
    Audience("aud1", "News", marketing_permissions=True),
    FIELDS,
    INTERESTS,
    {"Email": "p-email", "Direct Mail": "p-mail"},
)


def settings(**keys: Any) -> Settings:
    """A valid form with some keys of its own."""
    form = {
        "credentials": {"auth_type": "apikey", "apikey": "0123456789abcdef0123456789abcdef-us1"},
        "audience": "News",
        "new_member_status": "subscribed",
    }
    return Settings.model_validate(form | keys)


def entry(**keys: Any) -> StreamSettings:
    """The form's entry for the stream."""
    return StreamSettings.model_validate({"stream": "people"} | keys)


def schema(*columns: str, **typed: Json) -> Json:
    """A JSON schema with columns of no particular type, and some of one."""
    return {"type": "object", "properties": {column: {} for column in columns} | typed}


def compiled(
    columns: Mapping[str, Any] | tuple[str, ...],
    keys: Mapping[str, Any] | None = None,
    *,
    live: LiveAudience = LIVE,
    activation: bool = False,
    **form: Any,
) -> Mapper | FirstRecordMapper:
    """The mapper of a stream with these columns, these keys of its entry, and this form."""
    json_schema = schema(*columns) if isinstance(columns, tuple) else dict(columns)
    own = entry(**keys) if keys else None
    return compile_mapping(STREAM, settings(**form), own, live, json_schema, now=lambda: NOW, activation=activation)


def mapped(record: Mapping[str, Any], keys: Mapping[str, Any] | None = None, **options: Any) -> Contact:
    """The contact that a record becomes; its columns are the stream's."""
    found = compiled(tuple(record), keys, **options).map(record)
    assert isinstance(found, Contact), found
    return found


def rejected(record: Any, keys: Mapping[str, Any] | None = None, **options: Any) -> Note:
    """Why a record is rejected; its columns are the stream's."""
    found = compiled(tuple(record), keys, **options).map(record)
    assert isinstance(found, Rejected), found
    return found.note


def noted(contact: Contact) -> list[tuple[Reason, str]]:
    """What is to be said beside a contact, without the sentences."""
    return [(note.reason, note.field) for note in contact.notes]
