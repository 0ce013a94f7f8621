"""source-mailchimp under the module name that Airbyte's test harness derives from its folder."""

from source_destination_mailchimp.source.source import SourceMailchimp

__all__ = ["SourceMailchimp"]
