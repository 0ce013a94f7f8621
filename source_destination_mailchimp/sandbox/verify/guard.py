"""Refuse every write that could reach a contact, a tag or a setting that verify did not make. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from source_destination_mailchimp.sandbox.verify.mailbox import Mailbox, hash_of, is_made_name

_BELOW: Final = re.compile(r"/lists/[^/]+/(members|segments|merge-fields|interest-categories)(?:/([^/]+))?(/.*)?")
_NAMED: Final = {"segments": "name", "merge-fields": "name", "interest-categories": "title"}
_ID: Final = {"segments": "id", "merge-fields": "merge_id", "interest-categories": "id"}


class NotOurs(Exception):
    """A call that verify must not make; a fault of its own."""


class Guard:
    """Knows what was made in one audience, and lets nothing else be written."""

    def __init__(self, audience: str, mailbox: Mailbox) -> None:
        self._list = f"/lists/{audience}"
        self._mailbox = mailbox
        self._hashes: set[str] = set()
        self._made: set[tuple[str, str]] = set()

    def adopt_contact(self, address: str) -> str:
        """Let a contact be written; returns its hash. Raises NotOurs for an address that is not of the pattern."""
        if not self._mailbox.is_ours(address):
            raise NotOurs("An address outside of the mailbox.")
        digest = hash_of(address)
        self._hashes.add(digest)
        return digest

    def adopt_thing(self, kind: str, id: str, name: str) -> None:
        """Let a tag, merge field or group be changed; raises NotOurs for a name without the marker."""
        if not is_made_name(name):
            raise NotOurs(f"{kind} {id} was not made by verify.")
        self._made.add((kind, id))

    def check(self, method: str, path: str, body: Any) -> None:
        """Raise NotOurs unless a call only reads, or only writes what was made here."""
        if method == "GET":
            return
        for text in _texts(body):
            if "@" in text and not text.startswith("{") and not self._mailbox.is_ours(text):
                raise NotOurs("The body holds an address outside of the mailbox.")
        if path.startswith("/batches"):
            for operation in (body or {}).get("operations", ()):
                self.check(operation["method"], operation["path"], json.loads(operation["body"]))
            return
        if (method, path) == ("POST", self._list):
            self._check_batch(body)
            return
        self._check_below(method, path, body)

    def _check_batch(self, body: Any) -> None:
        for row in body["members"]:
            if not self._mailbox.is_ours(str(row.get("email_address", ""))):
                raise NotOurs("A row without an address of the mailbox.")

    def _check_below(self, method: str, path: str, body: Any) -> None:
        found = _BELOW.fullmatch(path)
        if found is None or not path.startswith(f"{self._list}/"):
            raise NotOurs(f"{method} {path} is outside of what verify may write.")
        kind, id = found[1], found[2]
        if kind == "members":
            known = id in self._hashes or (id is None and method == "POST")
        elif id is None:
            known = method == "POST" and is_made_name(str(body.get(_NAMED[kind], "")))
        else:
            known = (kind, id) in self._made
        if not known:
            raise NotOurs(f"{method} on something in {kind} that verify did not make.")

    def note(self, method: str, path: str, answer: Any) -> None:
        """Remember what a call that was taken has made."""
        found = _BELOW.fullmatch(path)
        if method == "POST" and found is not None and found[2] is None and found[1] in _ID:
            self._made.add((found[1], str(answer.get(_ID[found[1]], ""))))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
