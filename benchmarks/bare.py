"""A destination of nothing but the CDK: it parses its input and passes every STATE on. The floor for CPU time."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from logging import Logger
from typing import Any

from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    Type,
)


class Bare(Destination):
    """Takes everything and does nothing."""

    def spec(self, logger: Logger) -> ConnectorSpecification:
        """Any settings."""
        return ConnectorSpecification(connectionSpecification={"type": "object"})

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Always well."""
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterator[AirbyteMessage]:
        """Read to the end."""
        for message in input_messages:
            if message.type is Type.STATE:
                yield message


if __name__ == "__main__":
    Bare().run(sys.argv[1:])
