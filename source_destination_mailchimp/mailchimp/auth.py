"""Credentials become the address to call and the header to send."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from source_destination_mailchimp.mailchimp.errors import Misconfigured

BASE_URL_VARIABLE = "MAILCHIMP_API_BASE_URL"
METADATA_URL = "https://login.mailchimp.com/oauth2/metadata"
_DATA_CENTER = re.compile(r"-(us\d{1,3})$")
_MAY_BE_A_KEY = re.compile(r"[!-~]+")
"""Whatever prints in ASCII: a header takes nothing else."""

_LOOPBACK = re.compile(r"^(localhost|127(\.\d{1,3}){3}|::1)$")


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
        raise Misconfigured("credentials.apikey holds a character that no API key has. Copy the key again, whole.")
    authorization = f"Bearer {key}"
    if override is not None:
        return Access(override, authorization)
    found = _DATA_CENTER.search(key)
    if found is None:
        raise Misconfigured(
            "credentials.apikey does not end with a data centre such as -us6. Copy the whole key, with its ending."
        )
    data_center = found.group(1)
    return Access(f"https://{data_center}.api.mailchimp.com/3.0", authorization)


def _oauth(token: str, override: str | None, fetch_metadata: FetchMetadata) -> Access:
    if not token:
        raise Misconfigured("credentials.access_token is empty. Sign in to Mailchimp again.")
    address = f"{_origin(override)}/oauth2/metadata" if override else METADATA_URL
    metadata = fetch_metadata(address, f"OAuth {token}")
    # A dead token is answered with HTTP 200 and no api_endpoint [observed in a production client].
    endpoint = metadata.get("api_endpoint")
    if not endpoint:
        raise Misconfigured(
            "credentials.access_token is not valid any more: Mailchimp does not know it. Sign in to Mailchimp again."
        )
    authorization = f"Bearer {token}"
    if override is not None:
        return Access(override, authorization)
    origin = str(endpoint).rstrip("/")
    return Access(f"{origin}/3.0", authorization)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _checked(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured(f"{BASE_URL_VARIABLE} must be an address such as https://us3.api.mailchimp.com/3.0.")
    if parts.username or parts.password:
        raise Misconfigured(f"{BASE_URL_VARIABLE} must not hold a user name or a password.")
    is_loopback = _LOOPBACK.match(parts.hostname)
    if parts.scheme == "http" and not is_loopback:
        raise Misconfigured(
            f"{BASE_URL_VARIABLE} starts with http://, which would send the key in the clear. "
            "Use https://, or an address of this machine such as http://127.0.0.1:8185/3.0."
        )
    return url.strip().rstrip("/")
