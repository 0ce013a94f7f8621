"""A whole sync with a store in a bucket: the folder of the run, the refused records, the list of changes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema
import pytest
from moto.server import ThreadedMotoServer

from integration_tests.destination.syncing import Account, Json, Result, succeeded, sync
from source_destination_mailchimp.destination.reporting import refused_records

SCHEMA = Path(refused_records.__file__).with_name("summary.schema.json")
BUCKET = "runs"
SECRET = "wJalrXUtnFEMIexampleKEY"
RECORDS: list[Json] = [{"email": "ann@postbox.org", "FNAME": "Ann"}, {"email": "nonsense", "FNAME": "<b>"}]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Where a server that speaks S3 listens."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str) -> Iterator["Bucket"]:
    """An empty bucket."""
    made = Bucket(endpoint)
    made.client.create_bucket(Bucket=BUCKET)
    yield made
    for key in made.objects():
        made.client.delete_object(Bucket=BUCKET, Key=key)
    made.client.delete_bucket(Bucket=BUCKET)
    made.client.close()


class Bucket:
    """A bucket as its owner sees it, with a client of the test's own."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.client: Any = botocore.session.get_session().create_client(
            "s3", region_name="us-east-1", endpoint_url=endpoint, aws_access_key_id="a", aws_secret_access_key="b"
        )

    def objects(self) -> list[str]:
        """Every object, by its whole name."""
        return [found["Key"] for found in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def text(self, name: str) -> str:
        """The one object whose name ends like this."""
        (key,) = [key for key in self.objects() if key.endswith(name)]
        body: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def storage(self) -> Json:
        """The bucket as the form wants it."""
        return {
            "storage_type": "S3",
            "access_key_id": "AKIAEXAMPLE",
            "secret_access_key": SECRET,
            "s3_bucket_name": BUCKET,
            "s3_bucket_region": "us-east-1",
            "s3_endpoint": self.endpoint,
            "bucket_path": "mailchimp",
        }


def synced(account: Account, bucket: Bucket, **keys: Any) -> Result:
    """A sync of two records, of which one is rejected, into this bucket."""
    return sync(account, RECORDS, object_storage_config=bucket.storage(), **keys)


def test_a_sync_leaves_everything_in_the_bucket(account: Account, bucket: Bucket) -> None:
    """Page, figures, changes and the rejected record are under the path of the bucket, and the log says where."""
    result = succeeded(synced(account, bucket, keep_changes=True))
    folders = {key.split("/")[2] for key in bucket.objects() if key.startswith("mailchimp/runs/")}
    (folder,) = folders
    left = {key.rpartition("/")[2] for key in bucket.objects() if f"/{folder}/" in key}
    assert left == {"report.html", "summary.json", "changes.jsonl"}
    assert f"Report of this sync: s3://{BUCKET}/mailchimp/runs/{folder}/report.html" in result.log

    summary = json.loads(bucket.text("summary.json"))
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(summary)
    (stream,) = summary["streams"]
    assert summary["exit"]["status"] == "succeeded"
    assert (stream["outcomes"]["created"], stream["outcomes"]["rejected"], stream["records"]) == (1, 1, 2)
    assert summary["changes"]["count"] == 1

    page = bucket.text("report.html")
    assert "1 added, 1 rejected: 2 records." in page
    assert "&lt;b&gt;" in page
    assert [json.loads(line)["type"] for line in bucket.text("changes.jsonl").splitlines()] == [
        "run",
        "change",
        "answer",
        "total",
    ]
    (rejected,) = [key for key in bucket.objects() if key.endswith(".csv")]
    assert rejected.startswith("mailchimp/")
    assert "nonsense" in bucket.text(".csv")


def test_no_key_is_in_the_bucket(account: Account, bucket: Bucket) -> None:
    """Neither the key to Mailchimp nor the one to the bucket itself."""
    synced(account, bucket, keep_changes=True)
    everything = "".join(bucket.text(key) for key in bucket.objects())
    assert account.sandbox.api_key not in everything
    assert SECRET not in everything


def test_each_sync_has_a_folder_of_its_own(account: Account, bucket: Bucket) -> None:
    """A dry run and a failed sync leave one too, with how they ended."""
    synced(account, bucket, dry_run=True)
    synced(account, bucket, max_rejected_percent=0)
    ends = [
        json.loads(text)["exit"]["status"]
        for text in (bucket.text(key) for key in sorted(bucket.objects()) if key.endswith("summary.json"))
    ]
    assert ends == ["succeeded", "failed"]
