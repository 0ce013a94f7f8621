"""What is known of an audience's members: looked up once, kept in a temporary file."""
