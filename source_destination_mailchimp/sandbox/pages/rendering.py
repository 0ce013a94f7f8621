"""Draw pages from templates: every text is escaped, and nothing but our own style and script takes effect."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from source_destination_mailchimp.sandbox.http.visits import Page

_FOLDER: Final = Path(__file__).parent
HTML: Final = "text/html; charset=utf-8"
# With no-referrer a browser would send our own forms with `Origin: null`, as it sends those of other pages.
SAFE: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def html(template: str, values: Mapping[str, Any], status: int = 200) -> Page:
    """Return the page that a template makes of these values."""
    text = _ENVIRONMENT.get_template(template).render(values)
    return Page(text.encode(), status, HTML, SAFE)


def text_of(template: str, values: Mapping[str, Any]) -> str:
    """Return a piece of a page."""
    return _ENVIRONMENT.get_template(template).render(values)


def not_found(what: str) -> Page:
    """Return the page that says what is not there."""
    return html("problem.html", {"title": "Not found", "message": what}, 404)


def refused(message: str) -> Page:
    """Return the page that says why something could not be done."""
    return html("problem.html", {"title": "That is not possible", "message": message}, 400)


def asset(name: str, content_type: str) -> Page:
    """Return a file that the pages load."""
    return Page((_FOLDER / name).read_bytes(), 200, content_type, SAFE)


def number(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def moment(seconds: float) -> str:
    """Return unix seconds as a date and a time in UTC; 0 stands for no time and prints as an en dash."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds else "–"


def time_of_day(seconds: float) -> str:
    """Return unix seconds as a time in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S.%f")[:-3]


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, moment=moment, time_of_day=time_of_day)
    return made


_ENVIRONMENT: Final = _environment()
