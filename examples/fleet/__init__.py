"""Many Mailchimp accounts from one Dagster deployment: one partition an account."""
