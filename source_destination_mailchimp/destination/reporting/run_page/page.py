"""`report.html`: the figures of one run and its refused records, as one page that loads nothing from elsewhere."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from source_destination_mailchimp.destination.model import Outcome
from source_destination_mailchimp.destination.reporting.outcomes import SAID, phrase
from source_destination_mailchimp.destination.reporting.refused_records import RefusedRecord
from source_destination_mailchimp.destination.reporting.run_summary import RunFigures, summary
from source_destination_mailchimp.destination.reporting.throughput import Throughput
from source_destination_mailchimp.destination.reporting.wording import number

_FOLDER = Path(__file__).parent
CHART_WIDTH, CHART_HEIGHT = 720, 120


class Refused(NamedTuple):
    """The refused records that the page shows, and where the others are."""

    rows: Iterable[RefusedRecord]
    shown: int
    left_out: int
    files: tuple[str, ...]
    """The files of the store that hold all of them."""


def page(figures: RunFigures, refused: Refused) -> Iterator[bytes]:
    """Yield the page in pieces; every text from a record or from Mailchimp is escaped."""
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "words": _words, "in_order": _in_order}
    shown = summary(figures)
    pieces = environment.get_template("page.html").generate(
        run=shown,
        settings=list(_flat("", shown["settings"])),
        chart=_chart(figures.throughput),
        refused=refused,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
    )
    for piece in pieces:
        yield piece.encode()


def _words(outcome: str, n: int, dry_run: bool) -> str:
    """Return an outcome as the headline calls it."""
    return phrase(Outcome(outcome), n, dry_run=dry_run)


def _in_order(outcomes: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return outcomes with their counts, in the order of the headline."""
    return [(outcome.value, outcomes.get(outcome.value, 0)) for outcome in SAID]


def _policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy under which nothing but our own style and script takes effect."""
    ours = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    return f"default-src 'none'; {ours}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every setting by its full name: `streams[0].email_field`."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _flat(f"{name}.{key}" if name else key, below)
    elif isinstance(value, list) and value:
        for index, below in enumerate(value):
            yield from _flat(f"{name}[{index}]", below)
    elif value not in (None, "", []):
        yield name, str(value)


def _chart(throughput: Throughput) -> dict[str, Any] | None:
    """Return the bars of the chart of records per second; None where there are too few steps to show anything."""
    if len(throughput.records) < 2:
        return None
    rates = [n / throughput.step_seconds for n in throughput.records]
    highest = max(rates)
    width = CHART_WIDTH / len(rates)
    bars = []
    for index, rate in enumerate(rates):
        height = round(CHART_HEIGHT * rate / highest, 2)
        bars.append(
            {"x": round(index * width, 2), "y": round(CHART_HEIGHT - height, 2), "height": height, "rate": rate}
        )
    seconds = len(rates) * throughput.step_seconds
    return {"bars": bars, "width": round(width * 0.9, 2), "highest": highest, "seconds": seconds}
