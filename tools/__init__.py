"""Commands for those who change this repository."""
