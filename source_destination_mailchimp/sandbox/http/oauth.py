"""What login.mailchimp.com does for an OAuth app: authorize, token and metadata.

It shows no login page: whoever asks is granted at once. Apps are not registered: any client ID is taken, and the first
secret that is sent with it is its secret until a reset. A code is good only once and only for the app and the redirect
URI it was given to (matched strictly, documented).
Tokens never expire (documented). A key of Mailchimp's form is answered like a token of the account (inferred).
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from source_destination_mailchimp.sandbox.account.root import ACCOUNT
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.http.errors import Problem
from source_destination_mailchimp.sandbox.http.keys import caller
from source_destination_mailchimp.sandbox.http.visits import OpenRoute, Page, Visit, as_json

DEAD_TOKEN: Final = {"error": "invalid_token", "error_description": "The access token provided is invalid."}


class Grant(NamedTuple):
    """What a code was given for."""

    client_id: str
    redirect_uri: str


class Grants:
    """Codes that were given and not yet used, and the secrets of the apps."""

    def __init__(self) -> None:
        self.open: dict[str, Grant] = {}
        self.secrets: dict[str, str] = {}  # client ID -> its secret
        self._last = 0

    def next_secret(self, kind: str) -> str:
        """A new code or token: 32 hex digits."""
        self._last += 1
        return hashlib.md5(f"{kind}:{self._last}".encode(), usedforsecurity=False).hexdigest()


class Refusal(Exception):
    """An error of the OAuth 2 kind: not Mailchimp's problem document."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status = status
        self.document = {"error": error, "error_description": description}


def authorize(store: Store, query: Mapping[str, str]) -> str:
    """The address to send the browser to: the app's own, with a code and the app's state."""
    if query.get("response_type") != "code":
        raise Refusal(400, "unsupported_response_type", "Only response_type=code is supported.")
    if not query.get("client_id") or not query.get("redirect_uri"):
        raise Refusal(400, "invalid_request", "client_id and redirect_uri are required.")
    grants = store.room(Grants)
    code = grants.next_secret("code")
    grants.open[code] = Grant(query["client_id"], query["redirect_uri"])
    answer = {"code": code} | ({"state": query["state"]} if "state" in query else {})
    joint = "&" if "?" in query["redirect_uri"] else "?"
    return f"{query['redirect_uri']}{joint}{urlencode(answer)}"


def token(store: Store, form: Mapping[str, str]) -> dict[str, Any]:
    """Trade a code for a token that never expires; there is no refresh token (documented)."""
    if form.get("grant_type") != "authorization_code":
        raise Refusal(400, "unsupported_grant_type", "Only grant_type=authorization_code is supported.")
    grants, secret = store.room(Grants), form.get("client_secret", "")
    if not form.get("client_id") or not secret or grants.secrets.setdefault(form["client_id"], secret) != secret:
        raise Refusal(401, "invalid_client", "The client credentials are invalid.")
    wanted = Grant(form["client_id"], form.get("redirect_uri", ""))
    if grants.open.get(form.get("code", "")) != wanted:
        raise Refusal(400, "invalid_grant", "The code is invalid, or was given to another app or redirect URI.")
    del grants.open[form["code"]]
    made = grants.next_secret("token")
    store.tokens.add(made)
    return {"access_token": made, "expires_in": 0, "scope": None}


def metadata(root: str, data_center: str, account: Mapping[str, Any]) -> dict[str, Any]:
    """Whose token it is, and where its API is."""
    return {
        "dc": data_center,
        "role": account["role"],
        "accountname": account["account_name"],
        "user_id": int(account["account_id"][:7], 16),
        "login": {
            "email": account["email"],
            "avatar": None,
            "login_id": int(account["login_id"]),
            "login_name": account["username"],
            "login_email": account["email"],
        },
        "login_url": "https://login.mailchimp.com",
        "api_endpoint": api_endpoint(root, data_center),
    }


def api_endpoint(root: str, data_center: str) -> str:
    """The address of the API: the account's own host behind Mailchimp's names, the same origin anywhere else."""
    scheme, _, host = root.partition("://")
    if host.endswith(".mailchimp.com"):
        return f"{scheme}://{data_center}.api.mailchimp.com"
    return root


def visit_authorize(visit: Visit) -> Page:
    """GET /oauth2/authorize: on to the app, as if somebody had logged in and agreed."""
    try:
        target = authorize(visit.store, visit.query)
    except Refusal as refusal:
        return as_json(refusal.document, refusal.status)
    return Page(b"", 302, "text/html; charset=utf-8", {"location": target})


def visit_token(visit: Visit) -> Page:
    """POST /oauth2/token, form-encoded (documented)."""
    form = dict(parse_qsl(visit.raw_body.decode("utf-8", "replace")))
    try:
        return as_json(token(visit.store, form))
    except Refusal as refusal:
        return as_json(refusal.document, refusal.status)


def visit_metadata(visit: Visit) -> Page:
    """GET /oauth2/metadata: a dead token is answered without `api_endpoint`, and with 200 all the same (observed)."""
    try:
        who = caller(visit.store, "GET", visit.headers, {})
    except Problem:
        return as_json(DEAD_TOKEN)
    return as_json(metadata(visit.root, who.data_center, ACCOUNT | visit.store.account))


OPEN_ROUTES: Final = (
    OpenRoute("GET", "/oauth2/authorize", visit_authorize),
    OpenRoute("POST", "/oauth2/token", visit_token),
    OpenRoute("GET", "/oauth2/metadata", visit_metadata),
)
