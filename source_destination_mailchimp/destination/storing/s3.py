"""Objects in a bucket of Amazon S3, or of anything that speaks its language.

On botocore itself: it renews the credentials of a role by itself during long runs, and needs neither an event loop
nor a thread. Its import takes 0.15 s, so this module is only imported where a bucket is configured.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSLError,
)
from botocore.exceptions import ConnectionError as NoConnection

from source_destination_mailchimp.destination.form.settings import S3Store
from source_destination_mailchimp.mailchimp.addresses import has_query, has_user, is_plain_http, is_safe, shown_origin
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Unavailable
from source_destination_mailchimp.mailchimp.members import without_addresses

PART_BYTES = 1024 * 1024
"""An object cannot grow, so every flush writes the part that is being filled anew; this is how much at most."""

MEMORY_BYTES = 16 * 1024 * 1024
"""All parts that are being filled together."""

TRIES = 5
EXTERNAL_ID = "AWS_ASSUME_ROLE_EXTERNAL_ID"
"""Variable in which Airbyte gives its connectors the external id for `role_arn`. [seen in Airbyte's own CDK]"""

_SETTING_OF = {
    "NoSuchBucket": "s3_bucket_name: there is no bucket {bucket}.",
    "InvalidBucketName": "s3_bucket_name: {bucket} is no name that a bucket can have.",
    "PermanentRedirect": "s3_bucket_region: the bucket {bucket} is in another region.",
    "AuthorizationHeaderMalformed": "s3_bucket_region: the bucket {bucket} is in another region.",
    "IllegalLocationConstraintException": "s3_bucket_region: the bucket {bucket} is in another region.",
    "InvalidAccessKeyId": "access_key_id is not known there.",
    "SignatureDoesNotMatch": "secret_access_key does not belong to access_key_id.",
    "AccessDenied": "access_key_id, or the role, may not write to the bucket {bucket} (it needs s3:PutObject).",
}
_TRANSIENT = {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable"}


class S3Storage:
    """Puts whole objects. Of each part that is being filled the text is kept, and written anew by a flush."""

    def __init__(self, store: S3Store, environ: Mapping[str, str]) -> None:
        # At DEBUG botocore logs requests with their bodies, which are records.
        logging.getLogger("botocore").setLevel(logging.WARNING)
        self._bucket = store.s3_bucket_name
        self._endpoint = _shown_endpoint(store.s3_endpoint)
        self._check_key = "/".join(filter(None, (*store.bucket_path.split("/"), ".airbyte_check")))
        self._parts: dict[str, bytearray] = {}
        self._bytes = 0
        self._unwritten: set[str] = set()
        self._has_written = False
        with self._naming_the_setting():
            self._client = _client(store, environ)

    def append(self, key: str, data: bytes) -> None:
        """Add to a part; durable after the next `flush`."""
        self._parts.setdefault(key, bytearray()).extend(data)
        self._bytes += len(data)
        self._unwritten.add(key)

    def has_room(self, key: str) -> bool:
        """Return whether this part, and all of them together, may grow."""
        return len(self._parts.get(key, b"")) < PART_BYTES and self._bytes < MEMORY_BYTES

    def finish(self, key: str) -> None:
        """Write a part for the last time and forget it."""
        if key in self._unwritten:
            self._put(key)
        self._bytes -= len(self._parts.pop(key, b""))

    def flush(self) -> None:
        """Return when the bucket has everything."""
        for key in sorted(self._unwritten):
            self._put(key)

    def check(self) -> None:
        """Put an object and take it away; a key that may put and not delete is good enough."""
        with self._naming_the_setting():
            self._client.put_object(Bucket=self._bucket, Key=self._check_key, Body=b"")
            try:
                self._client.delete_object(Bucket=self._bucket, Key=self._check_key)
            except ClientError as error:
                if _code(error) != "AccessDenied":
                    raise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _put(self, key: str) -> None:
        with self._naming_the_setting():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=bytes(self._parts[key]))
        self._has_written = True
        self._unwritten.discard(key)

    @contextmanager
    def _naming_the_setting(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError, ValueError) as error:
            raise self._explained(error) from None  # the original may hold a key

    def _explained(self, error: Exception) -> MailchimpError:
        if isinstance(error, ClientError):
            return _refused(error, self._bucket)
        if isinstance(error, HTTPClientError | NoConnection):
            return self._unreachable(error)
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            return Misconfigured(
                "object_storage_config.access_key_id is empty, and the machine has no credentials of its own."
            )
        if isinstance(error, ParamValidationError):
            return Misconfigured(
                f"object_storage_config.{_SETTING_OF['InvalidBucketName'].format(bucket=self._bucket)}"
            )
        if isinstance(error, ValueError):
            return _bad_endpoint(f"{self._endpoint} is no address of a server.")
        return Misconfigured(f"object_storage_config: {without_addresses(str(error))}")

    def _unreachable(self, error: Exception) -> MailchimpError:
        where = self._endpoint or "Amazon S3"
        is_first_try = not self._has_written
        if self._endpoint and is_first_try:
            what = "does not answer"
            if isinstance(error, SSLError):
                what = "has no certificate that this machine trusts"
            return _bad_endpoint(f"{where} {what}.")
        return Unavailable(f"{where} did not answer, so records that did not get through could not be kept.")


def _shown_endpoint(endpoint: str | None) -> str:
    """Return an endpoint as it may be printed; raises `Misconfigured` for one that keys and records may not go to."""
    if not endpoint:
        return ""
    if has_user(endpoint):
        raise _bad_endpoint(
            "must not hold a user name or a password. Enter them in access_key_id and secret_access_key."
        )
    if has_query(endpoint):
        raise _bad_endpoint("must be an address without a question mark and what follows it.")
    if is_plain_http(endpoint) and not is_safe(endpoint):
        raise _bad_endpoint(
            f"{shown_origin(endpoint)} starts with http://, which would send records in the clear. "
            "Use https://, or an address of this machine."
        )
    return shown_origin(endpoint)


def _bad_endpoint(what: str) -> Misconfigured:
    return Misconfigured(f"object_storage_config.s3_endpoint: {what}")


def _client(store: S3Store, environ: Mapping[str, str]) -> Any:
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
    return Misconfigured(f"object_storage_config.{name} is missing: the two keys belong together.")


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


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _refused(error: ClientError, bucket: str) -> MailchimpError:
    """Return what a refusal of the bucket, or of the role, means for the form."""
    code = _code(error)
    said = without_addresses(str(error.response.get("Error", {}).get("Message", code)))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _TRANSIENT or status >= 500:
        return Unavailable(f"The bucket {bucket} could not be written: {code}.")
    if error.operation_name == "AssumeRole":
        return Misconfigured(f"object_storage_config.role_arn cannot be taken on: {said}")
    if code in _SETTING_OF:
        return Misconfigured("object_storage_config." + _SETTING_OF[code].format(bucket=bucket))
    return Misconfigured(f"object_storage_config.s3_bucket_name: {bucket} cannot be written: {said}")
