"""A bucket of Amazon S3, or of anything that speaks its language."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

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
from source_destination_mailchimp.destination.storing.bucket_client import bad_endpoint, open_client, shown_endpoint
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Unavailable
from source_destination_mailchimp.mailchimp.members import without_addresses

_SETTING_OF = {
    "NoSuchBucket": "s3_bucket_name: there is no bucket {bucket}.",
    "InvalidBucketName": "s3_bucket_name: {bucket} is not a valid bucket name.",
    "PermanentRedirect": "s3_bucket_region: the bucket {bucket} is in another region.",
    "AuthorizationHeaderMalformed": "s3_bucket_region: the bucket {bucket} is in another region.",
    "IllegalLocationConstraintException": "s3_bucket_region: the bucket {bucket} is in another region.",
    "InvalidAccessKeyId": "access_key_id is not valid.",
    "SignatureDoesNotMatch": "secret_access_key does not belong to access_key_id.",
    "AccessDenied": ("access_key_id, or the role, cannot write to the bucket {bucket} (it needs s3:PutObject)."),
}
_READS = {"GetObject", "ListObjectsV2"}
_TRANSIENT = {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable"}


class Bucket:
    """The bucket of the form: puts, gets and lists objects, and says in the form's words why it cannot."""

    def __init__(self, store: S3Store, environ: Mapping[str, str]) -> None:
        # At DEBUG botocore logs requests with their bodies, which are records.
        logging.getLogger("botocore").setLevel(logging.WARNING)
        self.name = store.s3_bucket_name
        self._endpoint = shown_endpoint(store.s3_endpoint)
        self._has_written = False
        with self._naming_the_setting():
            self._client = open_client(store, environ)

    def put(self, key: str, data: bytes | IO[bytes]) -> None:
        """Write a whole object, in place of one that is there."""
        with self._naming_the_setting():
            self._client.put_object(Bucket=self.name, Key=key, Body=data)
        self._has_written = True

    def check(self, key: str) -> None:
        """Put an object and take it away; credentials that may put and not delete are good enough."""
        with self._naming_the_setting():
            self._client.put_object(Bucket=self.name, Key=key, Body=b"")
            try:
                self._client.delete_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if _code(error) != "AccessDenied":
                    raise

    def get(self, key: str) -> bytes:
        """Return an object; raises `FileNotFoundError` where there is none."""
        with self._naming_the_setting():
            try:
                answer = self._client.get_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if _code(error) == "NoSuchKey":
                    raise FileNotFoundError(f"There is no {key} in the bucket {self.name}.") from None
                raise
            data: bytes = answer["Body"].read()
        return data

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of what lies directly below `folder`, which ends with "/": those of folders do too."""
        with self._naming_the_setting():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=folder, Delimiter="/"):
                for found in page.get("CommonPrefixes", ()):
                    yield found["Prefix"].removeprefix(folder)
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(folder)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @contextmanager
    def _naming_the_setting(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError, ValueError) as error:
            raise self._explained(error) from None  # the original may hold a key

    def _explained(self, error: Exception) -> MailchimpError:
        if isinstance(error, ClientError):
            return _refused(error, self.name)
        if isinstance(error, HTTPClientError | NoConnection):
            return self._unreachable(error)
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            return Misconfigured(
                "object_storage_config.access_key_id is empty, and the machine has no credentials of its own."
            )
        if isinstance(error, ParamValidationError):
            return Misconfigured(f"object_storage_config.{_SETTING_OF['InvalidBucketName'].format(bucket=self.name)}")
        if isinstance(error, ValueError):
            return bad_endpoint(f"{self._endpoint} is not a valid server address.")
        return Misconfigured(f"object_storage_config: {without_addresses(str(error))}")

    def _unreachable(self, error: Exception) -> MailchimpError:
        where = self._endpoint or "Amazon S3"
        is_first_try = not self._has_written
        if self._endpoint and is_first_try:
            what = "does not answer"
            if isinstance(error, SSLError):
                what = "has a certificate that this machine does not trust"
            return bad_endpoint(f"{where} {what}.")
        return Unavailable(f"{where} did not answer, so the bucket {self.name} could not be written.")


def joined_key(*parts: str) -> str:
    """Return the key of an object from parts of a path, of which some may be empty or hold "/" themselves."""
    pieces: list[str] = []
    for part in parts:
        pieces.extend(piece for piece in part.split("/") if piece)
    return "/".join(pieces)


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
        return Misconfigured(f"object_storage_config: cannot assume role_arn: {said}")
    if code == "AccessDenied" and error.operation_name in _READS:
        return Misconfigured(
            "object_storage_config.access_key_id, or the role, cannot read from the bucket "
            f"{bucket} (it needs s3:GetObject and s3:ListBucket)."
        )
    if code in _SETTING_OF:
        return Misconfigured("object_storage_config." + _SETTING_OF[code].format(bucket=bucket))
    return Misconfigured(f"object_storage_config.s3_bucket_name: {bucket} cannot be written: {said}")
