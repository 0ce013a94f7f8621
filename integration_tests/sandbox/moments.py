"""When a recorded exchange happened: by its `Date` header, or to the second by what it stamped on a member."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from integration_tests.sandbox.recorded import Exchange, touched, views

STATED_LATE = timedelta(seconds=2)  # a write is stamped at most so long before its answer; 83 recorded: 0 or 1


def answered_at(exchange: Exchange) -> datetime:
    """When the real service answered."""
    return parsedate_to_datetime(exchange.headers["Date"]).astimezone(UTC)


def happened_at(session: list[Exchange], position: int) -> datetime:
    """The second in which an exchange happened: what a write stamped on its member, or else when it was answered."""
    exchange = session[position]
    answered = answered_at(exchange)
    if not exchange.writes:
        return answered
    members = set(touched(exchange))
    for later in session[position:]:
        for view in views(later):
            changed = time_of(view["last_changed"])
            if (view["list_id"], view["id"]) in members and answered - STATED_LATE <= changed <= answered:
                return changed
    return answered


def is_of(exchange: Exchange, changed: str) -> bool:
    """Whether a `last_changed` is the work of this exchange."""
    answered = answered_at(exchange)
    return answered - STATED_LATE <= time_of(changed) <= answered


def is_a_moment_apart(one: object, other: object) -> bool:
    """Whether two printed times are two, within two seconds of each other."""
    if not (isinstance(one, str) and isinstance(other, str) and one and other and one != other):
        return False
    return abs(time_of(one) - time_of(other)) <= timedelta(seconds=2)


def time_of(text: str) -> datetime:
    """A time as Mailchimp prints it; long ago for none."""
    return datetime.fromisoformat(text) if text else datetime(1970, 1, 1, tzinfo=UTC)
