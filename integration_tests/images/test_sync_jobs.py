"""Both images as containerised sync jobs run them: not root, nothing writable, little memory, a pipe between them."""

import json
import signal
import subprocess
import time

import pytest
import requests

from integration_tests.images.jobs import AS_A_SYNC_JOB, DESTINATION, SOURCE, Job
from tools.images.roles import ROLES, ROOT, Role

pytestmark = [pytest.mark.image_tests, pytest.mark.timeout(300), pytest.mark.xdist_group("images")]

USERS = {
    "the image's own user": (),
    "root": ("--user=0:0",),
    "a user whom the image does not know": ("--user=54321:54321",),
}
NO_TEMPORARY_FILES = {"podman": ("--read-only-tmpfs=false",)}  # Docker mounts nothing at /tmp by itself
SECONDS_TO_END = 3


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.stage)
def test_spec_check_and_discover(job: Job, role: Role, user: str) -> None:
    """Whoever runs the image: `spec` is the packaged form, `check` succeeds, `discover` names what there is."""
    options = (*AS_A_SYNC_JOB, *USERS[user])
    kind = role.stage.partition("-")[0]
    packaged = json.loads((ROOT / "source_destination_mailchimp" / kind / "spec.json").read_text(encoding="utf-8"))
    (spec,) = job.run(role, "spec", options=options).of("SPEC")
    assert spec["spec"]["connectionSpecification"] == packaged["connectionSpecification"]
    config = ("--config", f"/config/{kind}.json")
    (status,) = job.run(role, "check", *config, options=options).of("CONNECTION_STATUS")
    assert status["connectionStatus"]["status"] == "SUCCEEDED"
    discovered = job.run(role, "discover", *config, options=options)
    assert discovered.of("CATALOG" if role is SOURCE else "DESTINATION_CATALOG")


def test_source_into_destination_and_again_from_its_state(job: Job) -> None:
    """1,500 contacts go through the pipe once; from the states that came out, nothing is left to write."""
    job.choose_stream("list_members")
    first = job.sync()
    assert first.code == 0, first.err
    states = [message["state"] for message in first.of("STATE")]
    assert sum(state["destinationStats"]["recordCount"] for state in states) == 1500
    assert contacts(job) == 1500
    written = writes(job)
    second = job.sync(state=[{"type": state["type"], "stream": state["stream"]} for state in states[-1:]])
    assert second.code == 0, second.err
    assert writes(job) == written


def test_without_a_place_for_temporary_files(job: Job) -> None:
    """A sync of a small audience needs no folder that it may write to, not even /tmp."""
    name = "podman" if job.engine.is_podman else "docker"
    options = (*AS_A_SYNC_JOB, *NO_TEMPORARY_FILES.get(name, ()))
    job.choose_stream("list_members")
    catalog = ("--catalog", "/config/catalog.json")
    read = job.run(SOURCE, "read", "--config", "/config/source.json", *catalog, options=options)
    assert read.code == 0, read.err
    wrote = job.run(
        DESTINATION, "write", "--config", "/config/destination.json", *catalog, options=options, stdin=read.out
    )
    assert wrote.code == 0, wrote.out[-2000:]
    assert contacts(job) == 1500


def test_rejected_records_reach_the_mounted_folder(job: Job) -> None:
    """What is rejected lies under /local, which the host sees."""
    job.choose_stream("list_members")
    record = {"stream": "list_members", "data": {"email_address": "no address"}, "emitted_at": 1}
    line = json.dumps({"type": "RECORD", "record": record})
    arguments = ("--config", "/config/destination_with_store.json", "--catalog", "/config/catalog.json")
    job.run(DESTINATION, "write", *arguments, stdin=line + "\n")
    kept = [path.read_text(encoding="utf-8") for path in job.local.rglob("*") if path.is_file()]
    assert any("no address" in text for text in kept)


def test_a_store_that_this_user_may_not_write_stops_before_the_first_write(job: Job) -> None:
    """A /local that belongs to somebody else is a sentence that names the folder, not a traceback."""
    job.local.chmod(0o755)
    arguments = ("check", "--config", "/config/destination_with_store.json")
    (status,) = job.run(DESTINATION, *arguments).of("CONNECTION_STATUS")
    assert status["connectionStatus"]["status"] == "FAILED"
    assert "/local/rejected" in status["connectionStatus"]["message"]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.stage)
def test_sigterm_ends_the_first_process_of_a_container(job: Job, role: Role) -> None:
    """A process with the ID 1 has no default for SIGTERM; the connector ends all the same, long before a SIGKILL."""
    job.choose_stream("list_members")
    job.mailchimp.control.forget_requests()
    job.mailchimp.control.fault("delay", seconds=10)
    name = f"mailchimp-{role.stage}-{job.mailchimp.url.rpartition(':')[2]}"
    kind = role.stage.partition("-")[0]
    verb = "read" if role is SOURCE else "write"
    arguments = (verb, "--config", f"/config/{kind}.json", "--catalog", "/config/catalog.json")
    command = job.command(role, *arguments, options=(*AS_A_SYNC_JOB, f"--name={name}"))
    with subprocess.Popen(
        command, env=dict(job.engine.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as container:
        wait_for_a_call(job)
        sent = time.monotonic()
        job.engine.must("kill", f"--signal={signal.SIGTERM.name}", name)
        container.communicate(timeout=30)
        took = time.monotonic() - sent
    assert container.returncode not in (0, 128 + signal.SIGKILL)
    assert took < SECONDS_TO_END


def wait_for_a_call(job: Job) -> None:
    """Wait until the container has sent its first call, which the sandbox lets wait."""
    deadline = time.monotonic() + 60
    while not job.mailchimp.control.peak():
        assert time.monotonic() < deadline, "the container never called Mailchimp"
        time.sleep(0.05)


def contacts(job: Job) -> int:
    """Return how many contacts the audience that is written to has."""
    address = f"{job.mailchimp.api_url}/lists"
    (audience,) = [
        audience
        for audience in requests.get(address, auth=("any", job.mailchimp.api_key), timeout=10).json()["lists"]
        if audience["name"] == "To"
    ]
    return int(audience["stats"]["member_count"])


def writes(job: Job) -> int:
    """Count the calls so far that change something."""
    return sum(call["method"] != "GET" for call in job.mailchimp.control.requests())
