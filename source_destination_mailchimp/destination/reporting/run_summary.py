"""`summary.json`: the figures of one run, for machines. `summary.schema.json` beside this module is its contract."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from source_destination_mailchimp.destination.changes.chain import Head
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.model import Outcome, StreamId
from source_destination_mailchimp.destination.reporting.counts import Counts
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.throughput import Throughput
from source_destination_mailchimp.mailchimp.members import Json

FORMAT_VERSION = 1
"""Grows when a key goes or changes its meaning; new keys may come at any time."""

SECRETS = ("access_key_id", "secret_access_key")


class Exit(NamedTuple):
    """How a run ended."""

    status: str
    """running · succeeded · failed. One that was killed stays `running`."""

    type: str = ""
    """Of a failure: config_error · transient_error · system_error · stopped."""

    message: str = ""


class MappedField(NamedTuple):
    """One field of Mailchimp's, the columns that feed it, and how many records had a value for it."""

    columns: str
    field: str
    values: int


class StreamFigures(NamedTuple):
    """What is known of one stream of the run."""

    stream: StreamId
    audience_id: str
    audience_name: str
    counts: Counts
    mapping: Sequence[MappedField]


class RunFigures(NamedTuple):
    """Everything that a run is described by; times are ISO 8601 in UTC."""

    run: str
    connector_version: str
    account_id: str
    dry_run: bool
    started: str
    ended: str | None
    seconds: float
    exit: Exit
    headline: str
    streams: Sequence[StreamFigures]
    warnings: Sequence[str]
    settings: Mapping[str, Any]
    throughput: Throughput
    changes: Head | None = None
    """Of the list of changes, as far as it was written; None where none is kept."""


def summary(figures: RunFigures) -> Json:
    """Return the figures of a run as JSON."""
    return {
        "format_version": FORMAT_VERSION,
        "run": figures.run,
        "connector": "destination-mailchimp",
        "connector_version": figures.connector_version,
        "account_id": figures.account_id,
        "dry_run": figures.dry_run,
        "started_at": figures.started,
        "ended_at": figures.ended,
        "seconds": round(figures.seconds, 3),
        "exit": {"status": figures.exit.status, "type": figures.exit.type, "message": figures.exit.message},
        "headline": figures.headline,
        "streams": [_stream(stream) for stream in figures.streams],
        "warnings": list(figures.warnings),
        "settings": dict(figures.settings),
        "throughput": {
            "step_seconds": figures.throughput.step_seconds,
            "records": list(figures.throughput.records),
        },
        "changes": _changes(figures.changes),
    }


def settings_without_secrets(settings: Settings) -> Json:
    """Return every setting as it took effect; of credentials only how the user signs in."""
    # Mappings are written as text or as objects, and pydantic warns of each that it writes as an object.
    shown: Json = settings.model_dump(mode="json", warnings="none")
    shown["credentials"] = {"auth_type": shown["credentials"].get("auth_type")}
    store = shown["object_storage_config"]
    for name in SECRETS:
        store.pop(name, None)
    return shown


def _changes(head: Head | None) -> Json | None:
    if head is None:
        return None
    return {"count": head.changes, "head": head.hash}


def _stream(figures: StreamFigures) -> Json:
    counts = figures.counts
    reasons = []
    for (outcome, reason), n in counts.reasons.items():
        words = EXPLANATIONS[reason].log
        reasons.append({"outcome": outcome.value, "reason": reason.value, "words": words, "records": n})
    notes = []
    for reason, n in counts.beside.items():
        notes.append({"reason": reason.value, "words": EXPLANATIONS[reason].log, "records": n})
    return {
        "namespace": figures.stream.namespace,
        "stream": figures.stream.name,
        "audience_id": figures.audience_id,
        "audience_name": figures.audience_name,
        "records": counts.records,
        "outcomes": {outcome.value: counts.outcomes.get(outcome, 0) for outcome in Outcome},
        "reasons": reasons,
        "notes": notes,
        "left_mirrored_list": dict(counts.left),
        "mapping": [field._asdict() for field in figures.mapping],
    }
