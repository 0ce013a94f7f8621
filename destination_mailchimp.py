"""destination-mailchimp under the module name that Airbyte's test harness derives from its folder."""

from source_destination_mailchimp.destination.destination import DestinationMailchimp

__all__ = ["DestinationMailchimp"]
