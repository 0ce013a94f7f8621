"""A record of a stream becomes a contact in Mailchimp's words. All of it is pure."""
