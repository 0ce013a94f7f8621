"""Budgets, each figure beside its baseline in the same run. `make bench` runs all of them."""
