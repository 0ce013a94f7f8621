"""Requests to a sandbox that are not held against the published description."""

import requests

from source_destination_mailchimp.sandbox.http.server import Sandbox


def raw(
    sandbox: Sandbox,
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
    *,
    follow: bool = True,
    **query: str | int,
) -> requests.Response:
    """One request below /3.0 on a connection of its own, with the sandbox's key unless `headers` has authorization."""
    given = headers or {}
    auth = None if "Authorization" in given else ("anystring", sandbox.api_key)
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method,
            sandbox.api_url + path,
            json=body,
            params=query,
            headers=given,
            auth=auth,
            timeout=30,
            allow_redirects=follow,
        )
