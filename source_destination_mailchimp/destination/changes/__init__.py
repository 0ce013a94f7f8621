"""What a run changed, written down so that it can be checked and taken back."""
