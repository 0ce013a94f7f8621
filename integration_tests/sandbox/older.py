"""What Mailchimp said differently in the years of the recordings; it is compared with what it says today.

Sentences and addresses of documents changed, what they stand for did not.
"""

import re
from typing import Any

_LINKS = re.compile(r"/schema/3\.0/CollectionLinks/(?P<name>.+)\.json$")
_GLOSSARY = re.compile(r"https?://developer\.mailchimp\.com/documentation/mailchimp/guides/error-glossary/?$")
_STATUS = re.compile(r'(?P<start>.+ is already in this list with a status of ")(?P<status>[a-z]+)"\.')
TODAY = {  # until 2021-04 : since 2021-11
    "This list member cannot be removed.  Please contact support.": (
        "This list member cannot be removed. Can not archive a contact that is bounced, pending or archived"
    ),
}


def as_today(recorded: Any) -> Any:
    """A recorded answer in today's words."""
    if isinstance(recorded, dict):
        today = {key: as_today(value) for key, value in recorded.items()}
        if "lists" in today:  # the collection of audiences named the account as its parent until 2020
            today["_links"] = [link for link in today["_links"] if link["rel"] != "parent"]
        return today
    if isinstance(recorded, list):
        return [as_today(value) for value in recorded]
    return _text(recorded) if isinstance(recorded, str) else recorded


def _text(text: str) -> str:
    text = TODAY.get(text, text)
    text = _LINKS.sub(r"/schema/3.0/Paths/\g<name>/Collection.json", text)
    return _GLOSSARY.sub("https://mailchimp.com/developer/marketing/docs/errors/", text)


def named_as_today(recorded: Any, here: Any) -> Any:
    """A refusal that names the status of whoever has an address, as today: in 2021 in lower case, and the archived,
    who are "Deleted" since 2022-05, by what they had been."""
    if not (isinstance(recorded, dict) and isinstance(here, dict) and recorded.get("errors") and here.get("errors")):
        return recorded
    errors = [
        was | {"message": _named(was["message"], now["message"])}
        for was, now in zip(recorded["errors"], here["errors"], strict=False)
    ]
    return recorded | {"errors": errors}


def _named(recorded: str, here: str) -> str:
    was = _STATUS.fullmatch(recorded)
    if was is None:
        return recorded
    return here if here in {f'{was["start"]}{word}".' for word in (was["status"].capitalize(), "Deleted")} else recorded
