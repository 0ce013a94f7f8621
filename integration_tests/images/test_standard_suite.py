"""The CDK's own tests of an image, for both roles, by its `docker` commands against the sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from airbyte_cdk.test.models.scenario import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import DestinationTestSuiteBase, SourceTestSuiteBase

from integration_tests.destination.test_standard import CONFIG as DESTINATION_CONFIG
from integration_tests.images.jobs import DESTINATION, SOURCE
from source_destination_mailchimp.destination.connector import DestinationMailchimp
from source_destination_mailchimp.sandbox.http.server import running_sandbox
from source_destination_mailchimp.source.source import SourceMailchimp

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("images"),
    # Said where the connector registry cannot be reached; the CDK then skips its test.
    pytest.mark.filterwarnings("ignore:Skipping the spec backward-compatibility check"),
]
CONFIG_PATH = Path("integration_tests", "valid_config.json")


@pytest.fixture(scope="module", autouse=True)
def _account(docker: Path) -> Iterator[None]:
    """Start an account that containers reach, which the CDK starts with the `docker` that is on PATH."""
    with pytest.MonkeyPatch.context() as patch, running_sandbox() as mailchimp:
        mailchimp.control.seed(name=DESTINATION_CONFIG["audience"], members=20)
        patch.setenv("MAILCHIMP_API_BASE_URL", mailchimp.api_url)
        yield


class TestDestinationImage(DestinationTestSuiteBase):
    """Airbyte's own tests, inherited."""

    connector = DestinationMailchimp

    @pytest.fixture
    def connector_image_override(self) -> str:
        """Name the image that was built."""
        return DESTINATION.image

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        """Return the folder of the acceptance configuration."""
        return DESTINATION.folder

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Return those of acceptance-test-config.yml, with the sandbox in the place of an account."""
        written = [scenario for scenario in super().get_scenarios() if not scenario.requires_creds]
        return [*written, ConnectorTestScenario(config_path=CONFIG_PATH, status="succeed", sections=("connection",))]


class TestSourceImage(SourceTestSuiteBase):
    """Airbyte's own tests, inherited."""

    connector = SourceMailchimp

    @pytest.fixture
    def connector_image_override(self) -> str:
        """Name the image that was built."""
        return SOURCE.image

    @pytest.fixture
    def read_from_streams(self) -> str:
        """Read every stream; the CDK's default is none."""
        return "all"

    @pytest.fixture
    def read_scenarios(self) -> str:
        """Read with every configuration that can be read with."""
        return "all"

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        """Return the folder of the acceptance configuration."""
        return SOURCE.folder

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Return those of acceptance-test-config.yml, with the sandbox in the place of an account."""
        written = [scenario for scenario in super().get_scenarios() if not scenario.requires_creds]
        sections = ("connection", "discovery", "basic_read")
        return [*written, ConnectorTestScenario(config_path=CONFIG_PATH, status="succeed", sections=sections)]
