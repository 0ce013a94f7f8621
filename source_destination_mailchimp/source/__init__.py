"""source-mailchimp: an audience, and the account around it, back out."""
