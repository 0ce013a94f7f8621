"""Everything between the settings and the first record: bind streams, read the account, warn, build the run."""
