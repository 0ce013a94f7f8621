"""Search over the members of one audience or of all.

It finds whole addresses, and the beginnings of words in addresses and names. How the real search ranks and where it
stops is not known: here results come in the order of the audience, at most a thousand of a kind.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.view import MemberView

MAX_FOUND: Final = 1000


def search(call: Call) -> dict[str, Any]:
    """GET /search-members: an exact match is a member of that very address, the rest is full_search."""
    text = call.query.get("query", "").strip()
    if not text:
        raise invalid_fields(FieldError("query", "This value should not be blank."))
    audiences = [call.store.audience(call.query["list_id"])] if call.query.get("list_id") else None
    searched = audiences or list(call.store.audiences.values())
    exact = [(audience, audience.by_digest.get(digest_of(text))) for audience in searched]
    found = [(audience, member) for audience in searched for member in matching(audience, text)]
    return {
        "exact_matches": _shown(call, [(audience, member) for audience, member in exact if member is not None]),
        "full_search": _shown(call, found),
        "_links": links(call.root, [("self", "GET", "/search-members", "SearchMembers/Response", "")]),
    }


def matching(audience: Audience, text: str) -> Iterable[Member]:
    """Members in whose address or name every word of the text begins a word."""
    words = [re.compile(rf"(?<![^\W_]){re.escape(word)}", re.IGNORECASE) for word in text.split()]
    tags = {field.tag: field.merge_id for field in audience.merge_fields.values()}
    named = [tags[tag] for tag in ("FNAME", "LNAME") if tag in tags]
    for member in audience.by_web_id.values():
        values = (str(member.merge_values.get(merge_id, "")) for merge_id in named)
        subject = " ".join((member.email_address, *values))
        if all(word.search(subject) for word in words):
            yield member


def _shown(call: Call, found: list[tuple[Audience, Member]]) -> dict[str, Any]:
    views = {audience.id: MemberView(audience, call.root) for audience, _ in found[:MAX_FOUND]}
    return {
        "members": [views[audience.id].full(member) for audience, member in found[:MAX_FOUND]],
        "total_items": len(found),
    }


ROUTES: Final = (Route("GET", "/search-members", search, describes="SearchMembers/Collection"),)
