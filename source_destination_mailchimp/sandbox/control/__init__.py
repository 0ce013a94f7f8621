"""The control API under /_sandbox: what tests need and the real service cannot have."""
