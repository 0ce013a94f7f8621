"""The client of a bucket, made from the form: its address, its region and whose keys it uses.

On botocore itself: it renews the credentials of a role by itself during long runs, and needs neither an event loop
nor a thread. Its import takes 0.15 s, so this module is only imported where a bucket is configured.
"""

from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import NoCredentialsError

from source_destination_mailchimp.destination.form.settings import S3Store
from source_destination_mailchimp.mailchimp.addresses import has_query, has_user, is_plain_http, is_safe, shown_origin
from source_destination_mailchimp.mailchimp.errors import Misconfigured

TRIES = 5
EXTERNAL_ID = "AWS_ASSUME_ROLE_EXTERNAL_ID"
"""Variable in which Airbyte gives its connectors the external id for `role_arn`. [seen in Airbyte's own CDK]"""


def shown_endpoint(endpoint: str | None) -> str:
    """Return an endpoint as it may be printed; raises `Misconfigured` for one that keys and records may not go to."""
    if not endpoint:
        return ""
    if has_user(endpoint):
        raise bad_endpoint(
            "must not hold a user name or a password. Enter them in access_key_id and secret_access_key."
        )
    if has_query(endpoint):
        raise bad_endpoint("must be an address without a query string.")
    if is_plain_http(endpoint) and not is_safe(endpoint):
        raise bad_endpoint(
            f"{shown_origin(endpoint)} starts with http://, which would send records "
            "unencrypted. Use https://, or an address of this machine."
        )
    return shown_origin(endpoint)


def bad_endpoint(what: str) -> Misconfigured:
    """Return the error of an endpoint, from what is wrong with it."""
    return Misconfigured(f"object_storage_config.s3_endpoint: {what}")


def open_client(store: S3Store, environ: Mapping[str, str]) -> Any:
    """Return a botocore client for the bucket of the form; raises what botocore raises of it."""
    session = botocore.session.get_session()
    region = store.s3_bucket_region or session.get_config_variable("region") or "us-east-1"
    session.set_config_variable("region", region)
    _set_keys(session, store)
    if store.role_arn:
        session = _as_role(session, region, store.role_arn, environ.get(EXTERNAL_ID))
    # Servers other than Amazon's know buckets by path only, and not every one knows the newer checksums.
    addressing_style = "auto"
    if store.s3_endpoint:
        addressing_style = "path"
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        s3={"addressing_style": addressing_style},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return session.create_client("s3", endpoint_url=store.s3_endpoint or None, config=config)


def _set_keys(session: Any, store: S3Store) -> None:
    """Give a session the keys of the form; without any it finds those of the machine. One alone is a mistake."""
    if store.access_key_id and store.secret_access_key:
        session.set_credentials(store.access_key_id, store.secret_access_key)
    elif store.access_key_id:
        raise _missing_key("secret_access_key")
    elif store.secret_access_key:
        raise _missing_key("access_key_id")


def _missing_key(name: str) -> Misconfigured:
    return Misconfigured(f"object_storage_config.{name} is missing. Enter both keys, or neither.")


def _as_role(session: Any, region: str, role_arn: str, external_id: str | None) -> Any:
    """Return a session whose credentials are those of a role, renewed whenever they are about to end."""
    own: Credentials | None = session.get_credentials()
    if own is None:
        raise NoCredentialsError()
    more = {"RoleSessionName": "destination-mailchimp"}
    if external_id:
        more["ExternalId"] = external_id
    fetcher = AssumeRoleCredentialFetcher(session.create_client, own, role_arn, extra_args=more)
    role = botocore.session.get_session()
    role.set_config_variable("region", region)
    role.get_component("credential_provider").insert_before("env", _Role(fetcher.fetch_credentials))
    return role


class _Role(CredentialProvider):  # type: ignore[misc]
    """Gives botocore the credentials of a role."""

    METHOD = "destination-mailchimp-role"

    def __init__(self, fetch: Any) -> None:
        super().__init__()
        self._fetch = fetch

    def load(self) -> Any:
        return DeferredRefreshableCredentials(refresh_using=self._fetch, method=self.METHOD)
