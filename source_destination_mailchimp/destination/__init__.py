"""destination-mailchimp: people into an audience."""
