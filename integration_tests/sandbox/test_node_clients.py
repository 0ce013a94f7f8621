"""The clients for node work against the sandbox: Mailchimp's own, and mailchimp-api-v3 with its batch helper.

They are installed by the test, once, beside their package.json; without node, npm or a registry the tests are skipped.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from integration_tests.sandbox.client_calls import CALLS, Call, Json, prepared, routes_called, routes_of
from integration_tests.sandbox.documented import program
from integration_tests.sandbox.test_members import ANN
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.routes import ROUTES
from source_destination_mailchimp.sandbox.http.server import Sandbox

FOLDER = Path(__file__).with_name("node")
MODULES = FOLDER / "node_modules"
INSTALL = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


@pytest.fixture(scope="session")
def node() -> str:
    """The command node, with the clients in place."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not on this machine")
    if not MODULES.is_dir():
        _install()
    return found


def _install() -> None:
    """Install into a folder of its own and move it into place, because several processes may do this at once."""
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as folder:
        shutil.copy(FOLDER / "package.json", folder)
        done = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode != 0:
            pytest.skip(f"the clients for node could not be installed: {done.stderr.strip()[-300:]}")
        try:
            (Path(folder) / "node_modules").replace(MODULES)
        except OSError:
            assert MODULES.is_dir()  # another process was faster


def driven(node: str, sandbox: Sandbox, client: str, calls: list[Json], known: dict[str, str]) -> list[Json]:
    """What a client returned, or threw, for each of the calls."""
    order = {"client": client, "url": sandbox.api_url, "key": sandbox.api_key, "calls": calls, "known": known}
    done = subprocess.run(
        [node, "drive.js"], cwd=FOLDER, input=json.dumps(order), capture_output=True, text=True, timeout=120, check=True
    )
    outcomes: list[Json] = json.loads(done.stdout)
    return outcomes


def thrown(outcomes: list[Json]) -> list[str]:
    """Everything that a client threw."""
    return [f"{outcome['name']}: {outcome['error']}" for outcome in outcomes if "error" in outcome]


def arguments(call: Call) -> list[Any]:
    """The arguments of Mailchimp's own client: the IDs, then the body; one call has them the other way round."""
    if call.node == "searchMembers.search":
        return ["ann"]
    body = [] if call.body is None else [call.body]
    return [*body, *call.ids] if call.node == "lists.batchSegmentMembers" else [*call.ids, *body]


def test_mailchimp_marketing(node: str, sandbox: Sandbox, control: Control) -> None:
    """Every call of Mailchimp's own client for node that the sandbox serves succeeds (observed, npm)."""
    known = prepared(control)
    named = [call for call in CALLS if call.node]
    calls: list[Json] = [{"name": call.node, "args": arguments(call), "keep": call.keep} for call in named]
    assert thrown(driven(node, sandbox, "marketing", calls, known)) == []
    assert routes_called(control) == routes_of(named)


def test_mailchimp_marketing_throws_refusals(node: str, sandbox: Sandbox) -> None:
    """Mailchimp's own client throws a refusal with the problem document as its text (observed, npm)."""
    (outcome,) = driven(node, sandbox, "marketing", [{"name": "lists.getList", "args": ["0123456789"]}], {})
    assert json.loads(outcome["error"])["title"] == "Resource Not Found"


def test_mailchimp_api_v3(node: str, sandbox: Sandbox, control: Control) -> None:
    """Every call that the sandbox serves succeeds with mailchimp-api-v3 (observed, npm)."""
    known = prepared(control)
    calls: list[Json] = [
        {"name": call.path, "method": call.method.lower(), "path": call.path, "body": call.body, "keep": call.keep}
        for call in CALLS
    ]
    assert thrown(driven(node, sandbox, "plain", calls, known)) == []
    assert routes_called(control) == {f"{route.method} {route.path}" for route in ROUTES}


def test_batches_of_mailchimp_api_v3(node: str, sandbox: Sandbox, audience: str) -> None:
    """Its batch helper waits, unpacks the archive and hands out the answers: no file in it is empty (observed, npm)."""
    add = {"method": "post", "path": f"/lists/{audience}/members", "body": {"email_address": ANN, "status": "pending"}}
    (outcome,) = driven(
        node, sandbox, "plain", [{"name": "batch", "batch": [add, {"method": "get", "path": "/ping"}]}], {}
    )
    assert thrown([outcome]) == []
    assert {"email_address", "health_status"} <= {key for answer in outcome["answer"] for key in answer}


def test_the_documented_program_works(node: str, sandbox: Sandbox) -> None:
    """The program for Node in docs/sandbox.md reaches the sandbox."""
    code = program("javascript", "mailchimp_marketing", sandbox)
    done = subprocess.run([node, "-e", code], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=True)
    assert "Everything's Chimpy!" in done.stdout
