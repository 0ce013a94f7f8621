"""Credentials become the address to call and the header to send."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from source_destination_mailchimp.mailchimp.addresses import has_user, is_plain_http, is_safe
from source_destination_mailchimp.mailchimp.errors import Misconfigured

BASE_URL_VARIABLE = "MAILCHIMP_API_BASE_URL"
METADATA_URL = "https://login.mailchimp.com/oauth2/metadata"
_DATA_CENTER = re.compile(r"-(us\d{1,3})$")
_MAY_BE_A_KEY = re.compile(r"[!-~]+")
"""Whatever prints in ASCII: a header takes nothing else."""

_DATA_CENTER_NAME = re.compile(r"us\d{1,3}")
_ENDPOINT = re.compile(r"https://(us\d{1,3})\.api\.mailchimp\.com/?")
"""What a token's metadata may name as the place of its API. [observed] Nothing else ever gets the token."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where an account is reached and what to show at the door. Its repr hides the secret."""

    root: str
    """Address of the API's root, without a slash at its end: `https://us3.api.mailchimp.com/3.0`."""

    authorization: str = field(repr=False)


FetchMetadata = Callable[[str, str], Mapping[str, Any]]
"""(address, authorization header) → what Mailchimp says the token is for."""


def access(credentials: Mapping[str, Any], base_url: str | None, fetch_metadata: FetchMetadata) -> Access:
    """Turn the form's `credentials` into an `Access`; raises `Misconfigured` naming the box to mend.

    `base_url` is the value of MAILCHIMP_API_BASE_URL, which replaces the address that the credentials name.
    """
    override = _checked(base_url) if base_url else None
    if credentials.get("auth_type") == "oauth2.0":
        token = str(credentials.get("access_token") or "")
        return _oauth(token, override, fetch_metadata)
    key = str(credentials.get("apikey") or "").strip()
    return _api_key(key, override)


def _api_key(key: str, override: str | None) -> Access:
    if not key:
        raise Misconfigured("credentials.apikey is empty. Create a key in Mailchimp under Profile › Extras › API keys.")
    if not _MAY_BE_A_KEY.fullmatch(key):
        raise Misconfigured(
            "credentials.apikey contains a character that API keys cannot contain. Copy the full key again."
        )
    authorization = f"Bearer {key}"
    if override is not None:
        return Access(override, authorization)
    found = _DATA_CENTER.search(key)
    if found is None:
        raise Misconfigured(
            "credentials.apikey does not end with a data center such as -us6. Copy the full key, including the suffix."
        )
    data_center = found.group(1)
    return Access(f"https://{data_center}.api.mailchimp.com/3.0", authorization)


def _oauth(token: str, override: str | None, fetch_metadata: FetchMetadata) -> Access:
    if not token:
        raise Misconfigured("credentials.access_token is empty. Sign in to Mailchimp again.")
    address = f"{_origin(override)}/oauth2/metadata" if override else METADATA_URL
    metadata = fetch_metadata(address, f"OAuth {token}")
    # A dead token is answered with HTTP 200 and neither of the two [observed in a production client].
    if not metadata.get("api_endpoint") and not metadata.get("dc"):
        raise Misconfigured("credentials.access_token is no longer valid. Sign in to Mailchimp again.")
    authorization = f"Bearer {token}"
    if override is not None:
        return Access(override, authorization)
    data_center = _data_center(metadata)
    return Access(f"https://{data_center}.api.mailchimp.com/3.0", authorization)


def _data_center(metadata: Mapping[str, Any]) -> str:
    """Return the data center that a token's metadata name; raises `Misconfigured` for what is not Mailchimp's."""
    endpoint = metadata.get("api_endpoint")
    if endpoint:
        found = _ENDPOINT.fullmatch(str(endpoint))
        if found is not None:
            return found.group(1)
    else:
        named = str(metadata.get("dc"))
        if _DATA_CENTER_NAME.fullmatch(named):
            return named
    raise Misconfigured(
        "credentials.access_token: the sign-in service did not return a Mailchimp server "
        "(https://<data center>.api.mailchimp.com), so the token was not sent. Check which proxy or gateway "
        "answers for login.mailchimp.com, then sign in to Mailchimp again."
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _checked(url: str) -> str:
    if has_user(url):
        raise Misconfigured(f"{BASE_URL_VARIABLE} must not hold a user name or a password.")
    if is_safe(url):
        return url.strip().rstrip("/")
    if is_plain_http(url):
        raise Misconfigured(
            f"{BASE_URL_VARIABLE} starts with http://, which would send the key unencrypted. "
            "Use https://, or an address of this machine such as http://127.0.0.1:8185/3.0."
        )
    raise Misconfigured(f"{BASE_URL_VARIABLE} must be an address such as https://us3.api.mailchimp.com/3.0.")
