"""The destination's configuration as typed settings: what the form refuses is refused here, in our sentences."""

from collections.abc import Mapping
from typing import Any

from source_destination_mailchimp.airbyte.settings import read_settings
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.form.spec import Schema, specification

FORM: Schema = specification()["connectionSpecification"]
"""What `spec.json` holds; a test holds the two together."""


def parse(config: Mapping[str, Any]) -> Settings:
    """Return the form as typed settings; raises `BadSetting` with one sentence per wrong key."""
    return read_settings(Settings, FORM, config)
