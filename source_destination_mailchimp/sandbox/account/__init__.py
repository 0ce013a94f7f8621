"""The account: what it holds, its clock, its root resource, and batch operations, which belong to no audience."""
