"""The CDK's standard suite for destinations, by pytest and by its own command, against the sandbox."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from airbyte_cdk.test.models.scenario import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import DestinationTestSuiteBase

from source_destination_mailchimp.destination.connector import DestinationMailchimp
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "destination-mailchimp"
CONFIG_PATH = Path("integration_tests", "valid_config.json")
CONFIG = json.loads((FOLDER / CONFIG_PATH).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """An account that has the audience which the configurations name."""
    with running_sandbox() as sandbox:
        sandbox.control.seed(name=CONFIG["audience"])
        yield sandbox


@pytest.fixture(autouse=True)
def _points_at_the_sandbox(mailchimp: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", mailchimp.api_url)


class TestStandardSuite(DestinationTestSuiteBase):
    """Airbyte's own tests, inherited; the scenario with a key runs against the sandbox instead of an account."""

    connector = DestinationMailchimp

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        """Where the acceptance configuration is."""
        return FOLDER

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Those of acceptance-test-config.yml, with the sandbox in the place of secrets/config.json."""
        written = [scenario for scenario in super().get_scenarios() if not scenario.requires_creds]
        here = ConnectorTestScenario(config_path=CONFIG_PATH, status="succeed", sections=("connection",))
        return [*written, here]


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
