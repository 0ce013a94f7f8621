"""Compares an answer of the sandbox with the recorded one: equal, or of equal form where a rule says why.

Three rules, by key. A *name* that the service makes up (IDs, addresses of pages) must be of the same form, and one
recorded name must always stand for the same one here, and no two for one: that holds identity across exchanges. The
*past* (numbers and origins that come from before the recording) must be of the same type. Everything else is equal.
"""

import re
from typing import Any

NAMES = frozenset(
    {
        "beamer_address",
        "contact_id",
        "instance",
        "list_id",
        "marketing_permission_id",
        "merge_id",
        "subscribe_url_long",
        "subscribe_url_short",
        "unique_email_id",
        "web_id",
    }
)
PAST = frozenset(
    {
        "avatar",
        "ip_opt",
        "list_rating",
        "max_instances",
        "may_create",
        "member_rating",
        "source",
        "stats",
        "subscriber_count",
    }
)
ACCOUNT = frozenset({"dc", "user_id", "login", "api_endpoint"})
# The postal address of an audience's owner is in the description and was taken out of the recordings.
TAKEN_OUT = frozenset({"contact"})
# Keys that the service has gained since the recordings were made (FACTS 1 and 6.4, description 3.0.91): the first four
# while they were made, between 2021-03 and 2021-11.
SINCE = frozenset(
    {
        "full_name",
        "contact_id",
        "consents_to_one_to_one_messaging",
        "region",
        "sms_phone_number",
        "sms_subscription_last_updated",
        "sms_subscription_status",
        "merge_field_limit",
    }
)
FORMS = (
    ("uuid", re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("md5", re.compile(r"[0-9a-f]{32}")),
    ("short id", re.compile(r"[0-9a-f]{10}")),
    ("ip", re.compile(r"\d+(\.\d+){3}|[0-9a-f:]*:[0-9a-f:]*")),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")),
    ("address", re.compile(r"[^@\s/]+@[^@\s]+")),
    ("page", re.compile(r"https?://\S+")),
    ("empty", re.compile("")),
)
IN_PATHS = frozenset({"list_id", "web_id", "segment_id", "merge_id"})
ORIGIN = re.compile(r"https?://[^/]+")


class Names:
    """Which name here stands for which recorded one."""

    def __init__(self) -> None:
        self.here: dict[tuple[str, object], object] = {}
        self.recorded: dict[tuple[str, object], object] = {}

    def bind(self, kind: str, recorded: object, here: object) -> bool:
        """Take the two as one thing; False where either already stands for something else."""
        known = self.here.setdefault((kind, recorded), here)
        back = self.recorded.setdefault((kind, here), recorded)
        return known == here and back == recorded

    def translate(self, text: str) -> str:
        """A recorded text with every known name in it put into its name here, each once."""
        known = {str(recorded): str(here) for (kind, recorded), here in self.here.items() if kind in IN_PATHS}
        return re.sub(r"(?<=[/=])[0-9a-z]+(?![0-9a-z.-])", lambda found: known.get(found[0], found[0]), text)


def differences(recorded: Any, here: Any, names: Names, place: str = "") -> list[str]:
    """One line per place where the sandbox does not agree with the recording."""
    key = place.rsplit(".", 1)[-1]
    if key in PAST or key in ACCOUNT:
        return [] if alike(recorded, here) else [f"{place}: {here!r} is not of the form of {recorded!r}"]
    if isinstance(recorded, dict) and isinstance(here, dict):
        return _object(recorded, here, names, place)
    if isinstance(recorded, list) and isinstance(here, list):
        return _array(recorded, here, names, place)
    if type(recorded) is not type(here) and not {type(recorded), type(here)} <= {int, float}:
        return [f"{place}: {here!r} is a {type(here).__name__}, recorded {recorded!r}"]
    return _value(recorded, here, names, place)


def _object(recorded: dict[str, Any], here: dict[str, Any], names: Names, place: str) -> list[str]:
    found = [f"{place}.{key}: missing, recorded {recorded[key]!r}" for key in recorded.keys() - here.keys()]
    found += [
        f"{place}.{key}: not recorded, here {here[key]!r}" for key in here.keys() - recorded.keys() - SINCE - TAKEN_OUT
    ]
    for key in sorted(
        recorded.keys() & here.keys(), key=lambda key: (key == "_links", key)
    ):  # links name what is bound
        found += differences(recorded[key], here[key], names, f"{place}.{key}")
    return found


def _array(recorded: list[Any], here: list[Any], names: Names, place: str) -> list[str]:
    if len(recorded) != len(here):
        return [f"{place}: {len(here)} items, recorded {len(recorded)}"]
    found: list[str] = []
    for position, (one, other) in enumerate(zip(*_aligned(recorded, here, names, place), strict=True)):
        found += differences(one, other, names, f"{place}[{position}]")
    return found


def _aligned(recorded: list[Any], here: list[Any], names: Names, place: str) -> tuple[list[Any], list[Any]]:
    """Audiences in one order: unsorted they come by ID, and a recording's IDs are not the real ones."""
    if place != ".lists":
        return recorded, here
    wanted = [names.here.get(("list_id", entry["id"])) for entry in recorded]
    return recorded, sorted(here, key=lambda entry: wanted.index(entry["id"]) if entry["id"] in wanted else -1)


def _value(recorded: Any, here: Any, names: Names, place: str) -> list[str]:
    key = place.rsplit(".", 1)[-1]
    kind = _kind(key, recorded, place)
    if kind:
        same = alike(recorded, here) and names.bind(kind, recorded, here)
        return [] if same else [f"{place}: {here!r} does not stand for {recorded!r}"]
    if key in ("href", "schema", "targetSchema", "Link"):
        recorded, here = names.translate(ORIGIN.sub("", recorded)), ORIGIN.sub("", here)
    return [] if recorded == here else [f"{place}: {here!r}, recorded {recorded!r}"]


def _kind(key: str, recorded: object, place: str) -> str:
    """The kind of name that a key holds, or "" for a value of its own."""
    if key != "id":
        return key if key in NAMES else ""
    if isinstance(recorded, str) and len(recorded) == 32:
        return ""
    return "segment_id" if ".tags[" in place or ".segments[" in place else "list_id"


def alike(recorded: Any, here: Any) -> bool:
    """Whether two values have the same form: the same keys and types, and text of one kind."""
    if isinstance(recorded, dict):
        return (
            isinstance(here, dict)
            and recorded.keys() <= here.keys()
            and all(alike(recorded[k], here[k]) for k in recorded)
        )
    if isinstance(recorded, bool) or isinstance(here, bool) or recorded is None:
        return isinstance(here, bool) or recorded is None
    if isinstance(recorded, (int, float)):
        return isinstance(here, (int, float))
    if isinstance(recorded, str):
        return isinstance(here, str) and (form(recorded) == form(here) or "" in (recorded, here))
    return isinstance(here, type(recorded))


def form(text: str) -> str:
    """What kind of text a value is."""
    return next((name for name, pattern in FORMS if pattern.fullmatch(text)), "words")
