"""The CDK's standard suite for sources, on every stream, against the sandbox."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.test.models.scenario import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from integration_tests.source.conftest import welcome
from integration_tests.source.plain import call
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox
from source_destination_mailchimp.source.source import SourceMailchimp

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "source-mailchimp"
CONFIG_PATH = Path("integration_tests", "valid_config.json")
CONFIG = json.loads((FOLDER / CONFIG_PATH).read_text(encoding="utf-8"))
SECTIONS = ("connection", "discovery", "basic_read", "full_refresh", "spec")


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """An account with something in every stream."""
    with running_sandbox() as sandbox:
        audience = sandbox.control.seed(name="Readers", members=8, tags=["vip"])["audience"]
        category = _made(sandbox, f"lists/{audience}/interest-categories", title="Topics", type="checkboxes")
        _made(sandbox, f"lists/{audience}/interest-categories/{category}/interests", name="Cats")
        order = {"audience": audience, "open_percent": 100, "click_percent": 100}
        campaign = sandbox.control.call("POST", "campaigns", order)
        _made(
            sandbox,
            "automations",
            recipients={"list_id": audience},
            trigger_settings={"workflow_type": "abandonedCart"},
        )
        sandbox.control.people("person1@sandbox-people.org", audience, "unsubscribe", campaign=campaign["id"])
        sandbox.control.people("person2@sandbox-people.org", audience, "complain", campaign=campaign["id"])
        welcome(sandbox, audience)
        yield sandbox


@pytest.fixture(autouse=True)
def _points_at_the_sandbox(mailchimp: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", mailchimp.api_url)


def _made(sandbox: Sandbox, path: str, **body: Any) -> str:
    return str(call(sandbox, "POST", f"/{path}", body)["id"])


class TestStandardSuite(SourceTestSuiteBase):
    """Airbyte's own tests, inherited; the scenario with a key runs against the sandbox instead of an account.

    Every stream is read, must return a record, and every record must keep to its schema.
    """

    connector = SourceMailchimp

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        """Where the acceptance configuration is."""
        return FOLDER

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Those of acceptance-test-config.yml, with the sandbox in the place of secrets/config.json."""
        written = [scenario for scenario in super().get_scenarios() if not scenario.requires_creds]
        return [*written, ConnectorTestScenario(config_path=CONFIG_PATH, status="succeed", sections=SECTIONS)]


def test_by_the_cdks_own_command(mailchimp: Sandbox, tmp_path: Path) -> None:
    """`airbyte-cdk connector test` passes on the connector's folder, with credentials."""
    folder = tmp_path / FOLDER.name
    shutil.copytree(FOLDER, folder)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("airbyte-cdk")), "connector", "test", str(folder)]
    command += ["--pytest-arg=-m", "--pytest-arg=not image_tests", "--pytest-arg=-pno:cacheprovider"]
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": mailchimp.api_url}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert " failed" not in done.stdout
