"""Two Airbyte connectors for Mailchimp, and the sandbox they are tested against."""
