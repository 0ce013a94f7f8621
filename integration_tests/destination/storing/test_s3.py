"""Rejected records in a bucket, against a real server that speaks S3 over a socket."""

import csv
import gzip
import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import botocore.session
import pytest
from moto.server import ThreadedMotoServer

from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.storing import bucket_client, s3
from source_destination_mailchimp.destination.storing.open_store import open_store
from source_destination_mailchimp.destination.storing.store import Store
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Unavailable

STARTED = datetime(2026, 1, 2, tzinfo=UTC)
USERS, BUYERS = StreamId("shop", "users"), StreamId("shop", "buyers")
REJECTED = Settled(Outcome.REJECTED, Note(Reason.NO_EMAIL, "email"))
SECRET = "wJalrXUtnFEMIexampleKEY"


@pytest.fixture(autouse=True)
def _no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Where the server listens."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(endpoint: str) -> Iterator[Any]:
    """A client of the test's own, with an empty bucket "rejected"."""
    made = botocore.session.get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    made.create_bucket(Bucket="rejected")
    yield made
    for key in keys(made):
        made.delete_object(Bucket="rejected", Key=key)
    made.delete_bucket(Bucket="rejected")
    made.close()


def keys(client: Any) -> list[str]:
    return [found["Key"] for found in client.list_objects_v2(Bucket="rejected").get("Contents", [])]


def text(client: Any, key: str) -> bytes:
    answer: bytes = client.get_object(Bucket="rejected", Key=key)["Body"].read()
    return answer


def opened(endpoint: str, environ: dict[str, str] | None = None, **more: Any) -> Store:
    storage = {
        "storage_type": "S3",
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": SECRET,
        "s3_bucket_name": "rejected",
        "s3_bucket_region": "us-east-1",
        "s3_endpoint": endpoint,
        "bucket_path": "mailchimp/",
        **more,
    }
    form = {
        "credentials": {"auth_type": "apikey", "apikey": "0-us1"},
        "audience": "a",
        "new_member_status": "pending",
        "object_storage_config": storage,
    }
    return open_store(parse(form), sync_id=7, started=STARTED, environ=environ or {})


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_rejected_record_lies_where_the_platform_links_to(endpoint: str, client: Any) -> None:
    """The key begins with bucket_path and the job, and the object is there as soon as flush returns."""
    store = opened(endpoint)
    store.add(USERS, REJECTED, {"id": 1, "email": ""})
    store.flush()
    assert keys(client) == ["mailchimp/7/shop/users/2026_01_02_1767312000000_1.csv"]
    (row,) = rows(text(client, keys(client)[0]))
    assert (row["id"], row["rejected_reason"]) == ("1", "no_email")
    store.close()


def test_a_small_part_grows_with_every_flush(endpoint: str, client: Any) -> None:
    """Many states do not make many objects: the part that is being filled is written anew."""
    store = opened(endpoint)
    for number in range(5):
        store.add(USERS, REJECTED, {"id": number})
        store.flush()
    store.close()
    (key,) = keys(client)
    assert [row["id"] for row in rows(text(client, key))] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("limit", ["PART_BYTES", "MEMORY_BYTES"])
def test_parts_are_bounded_by_themselves_and_together(
    endpoint: str, client: Any, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """Memory is bounded whatever is rejected; every row is in one of the parts."""
    monkeypatch.setattr(s3, limit, 500)
    store = opened(endpoint)
    for number in range(40):
        for stream in (USERS, BUYERS):
            store.add(stream, REJECTED, {"id": number})
        store.flush()
    store.close()
    assert len(keys(client)) > 2
    for name in ("users", "buyers"):
        found = [row for key in keys(client) if name in key for row in rows(text(client, key))]
        assert sorted(int(row["id"]) for row in found) == list(range(40))


def test_compressed_json_lines(endpoint: str, client: Any) -> None:
    """Format, compression and names are those of the platform's form."""
    store = opened(
        endpoint,
        format={"format_type": "JSONL", "flattening": "Root level flattening"},
        compression={"compression_type": "GZIP"},
        path_format="${NAMESPACE}/${STREAM_NAME}/",
        file_name_format="{part_number}{format_extension}",
        bucket_path="",
    )
    for number in range(2):
        store.add(USERS, REJECTED, {"id": number})
        store.flush()
    store.close()
    assert keys(client) == ["shop/users/1.jsonl.gz"]
    assert gzip.decompress(text(client, keys(client)[0])).count(b"\n") == 2


def test_check_leaves_nothing_behind(endpoint: str, client: Any) -> None:
    """The check puts an object for real, and takes it away."""
    opened(endpoint).check()
    assert keys(client) == []


def test_a_role_is_taken_on(endpoint: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With role_arn the machine's own keys, or those in the form, only serve to become that role."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    arn = "arn:aws:iam::123456789012:role/airbyte"
    for keys_in_form in ({}, {"access_key_id": None, "secret_access_key": None}):
        store = opened(endpoint, {bucket_client.EXTERNAL_ID: "workspace"}, role_arn=arn, **keys_in_form)
        store.add(USERS, REJECTED, {"id": 1})
        store.close()
        credentials = store._storage._bucket._client._get_credentials()  # type: ignore[attr-defined]
        assert credentials.method == "destination-mailchimp-role"
        assert credentials.get_frozen_credentials().token
    assert len(keys(client)) == 1


def test_a_role_without_anybody_to_take_it_on(endpoint: str) -> None:
    """A role needs credentials to begin with; the error names what is empty."""
    with pytest.raises(Misconfigured, match=r"object_storage_config\.access_key_id is empty"):
        opened(endpoint, role_arn="arn:aws:iam::1:role/a", access_key_id=None, secret_access_key=None)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"s3_bucket_name": "elsewhere"}, r"s3_bucket_name: there is no bucket elsewhere"),
        ({"s3_bucket_name": "No Bucket!"}, r"s3_bucket_name: No Bucket! is not a valid bucket name"),
        ({"access_key_id": None}, r"access_key_id is missing. Enter both keys, or neither"),
        ({"secret_access_key": None}, r"secret_access_key is missing. Enter both keys, or neither"),
        ({"access_key_id": None, "secret_access_key": None}, r"access_key_id is empty"),
        ({"s3_endpoint": "nonsense"}, r"s3_endpoint: what is entered there is not a valid server address"),
        ({"s3_endpoint": "https://[nonsense"}, r"s3_endpoint: what is entered there is not a valid server address"),
        ({"s3_endpoint": f"https://me:{SECRET}@s3.example.org"}, r"s3_endpoint: must not hold a user name"),
        ({"s3_endpoint": f"http://me:{SECRET}@127.0.0.1:1"}, r"s3_endpoint: must not hold a user name"),
        ({"s3_endpoint": "http://s3.example.org"}, r"s3_endpoint: http://s3\.example\.org starts with http://"),
        ({"s3_endpoint": f"http://minio:9000/{SECRET}"}, r"s3_endpoint: http://minio:9000 starts with http://"),
        ({"s3_endpoint": f"http://127.0.0.1:1/?sig={SECRET}"}, r"s3_endpoint: must be an address without"),
        ({"s3_endpoint": "http://127.0.0.1:1"}, r"s3_endpoint: http://127\.0\.0\.1:1 does not answer"),
        ({"path_format": "{nonsense}"}, r"path_format has a placeholder"),
    ],
)
def test_a_wrong_setting_is_named(
    endpoint: str, client: Any, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], named: str
) -> None:
    """Each mistake in the form stops before the first write with a sentence that names the key, and no secret."""
    monkeypatch.setattr(bucket_client, "TRIES", 1)
    with pytest.raises(Misconfigured, match=rf"object_storage_config\.{named}") as caught:
        opened(endpoint, **change).check()
    assert SECRET not in str(caught.value)


class Refusing(BaseHTTPRequestHandler):
    """A server that answers every call with one refusal, and counts."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = ""
    calls: ClassVar[int] = 0

    def do_PUT(self) -> None:
        """Answer with the refusal."""
        type(self).calls += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = f"<?xml version='1.0'?><Error><Code>{self.code}</Code><Message>Said by the server</Message></Error>"
        self.send_response(self.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing on the terminal."""


@pytest.fixture
def refusing() -> Iterator[str]:
    """Where a server listens that refuses everything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    Refusing.calls = 0
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("InvalidAccessKeyId", "access_key_id is not valid"),
        ("SignatureDoesNotMatch", "secret_access_key does not belong"),
        ("AccessDenied", "access_key_id, or the role, cannot write"),
        ("AuthorizationHeaderMalformed", "s3_bucket_region: the bucket rejected is in another region"),
        ("QuotaExceeded", "s3_bucket_name: rejected cannot be written: Said by the server"),
    ],
)
def test_a_refusal_of_the_bucket_is_named(
    refusing: str, monkeypatch: pytest.MonkeyPatch, code: str, named: str
) -> None:
    """What S3 answers is told as the setting that is wrong."""
    monkeypatch.setattr(Refusing, "code", code)
    with pytest.raises(Misconfigured, match=rf"object_storage_config\.{named}"):
        opened(refusing).check()


def test_a_server_that_is_busy_is_tried_again_and_then_left_for_later(
    refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What passes is waited out a few times; then the run ends in a way that the platform tries again."""
    monkeypatch.setattr(Refusing, "code", "SlowDown")
    monkeypatch.setattr(Refusing, "status", 503)
    monkeypatch.setattr(bucket_client, "TRIES", 2)
    store = opened(refusing)
    store.add(USERS, REJECTED, {"id": 1})
    with pytest.raises(Unavailable, match="SlowDown"):
        store.flush()
    assert Refusing.calls == 2


def test_records_stay_out_of_the_log_at_every_level(
    endpoint: str, client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The library logs whole requests at DEBUG; with our store it does not, not even with --debug."""
    caplog.set_level(logging.DEBUG)
    store = opened(endpoint)
    store.add(USERS, REJECTED, {"email": "ann@example"})
    store.close()
    assert keys(client)
    assert "ann@example" not in caplog.text
    assert SECRET not in caplog.text


def test_only_who_has_a_bucket_pays_for_its_library() -> None:
    """Loading every other part of the destination's stores does not load botocore."""
    program = (
        "import sys; import source_destination_mailchimp.destination.storing.open_store; "
        "assert 'botocore' not in sys.modules and 'boto3' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
