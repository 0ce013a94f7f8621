"""Calls to Mailchimp: batches, the sender, its threads, tags, and the stand-in of a dry run."""
