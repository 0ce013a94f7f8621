"""Mailchimp as it is: nouns, errors, credentials, the one client. Knows nothing of Airbyte."""
