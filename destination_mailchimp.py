"""destination-mailchimp under the module name that Airbyte's test harness derives from its folder."""

from source_destination_mailchimp.destination.connector import DestinationMailchimp

__all__ = ["DestinationMailchimp"]
