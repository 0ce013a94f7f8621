"""Who is calling: the key or token of a request, and whether the account knows it."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.http.errors import KEY_INVALID, KEY_MISSING, KEYS_CONFLICT, TRIGGERS, Problem

_KEY: Final = re.compile(r"[0-9a-f]{32}-(us\d{1,3})")
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
DEFAULT_DATA_CENTER: Final = "us1"


class Caller(NamedTuple):
    """A user, whose connections are counted together, and the data center of the key."""

    user: str
    data_center: str


def caller(store: Store, method: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Caller:
    """The caller of a request; raises the 401 of a missing, wrong or contradicting key.

    Basic with any user name, Bearer (both documented) and OAuth (observed) are taken, and `apikey` in the query of a
    GET; a header that says something else beside it is refused (documented).
    """
    key = _from_header(headers.get("authorization", ""))
    in_query = query.get("apikey", "") if method == "GET" else ""
    if key and in_query and key != in_query:
        raise Problem(*KEYS_CONFLICT)
    key = key or in_query
    if not key:
        raise Problem(*KEY_MISSING)
    return _known(store, key, is_token=not headers.get("authorization", "").lower().startswith("basic"))


def _known(store: Store, key: str, *, is_token: bool) -> Caller:
    form = _KEY.fullmatch(key)
    data_center = form.group(1) if form else DEFAULT_DATA_CENTER
    if store.keys:
        user = store.keys.get(key) or ("user" if key in store.tokens else "")
    else:
        known = form or key in store.tokens or (is_token and _TOKEN.fullmatch(key))
        user = "user" if known else ""
    if not user:
        raise Problem(*KEY_INVALID)
    if key in store.key_problems:
        raise Problem(*TRIGGERS[store.key_problems[key]])
    return Caller(user, data_center)


def _from_header(header: str) -> str:
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() in {"bearer", "oauth"}:
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]
