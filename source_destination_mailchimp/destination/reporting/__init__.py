"""What a run did, in words and numbers."""
