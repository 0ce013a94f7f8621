"""Members of an audience: how they are written, read, searched, filed and shown, and what is known of each of them."""
