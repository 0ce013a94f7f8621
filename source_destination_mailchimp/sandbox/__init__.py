"""A pretend Mailchimp. Imports nothing from the connectors it is used to test."""
