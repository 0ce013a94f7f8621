"""The main job on made-up people: Airbyte's source-faker, destination-mailchimp and a pretend Mailchimp."""
