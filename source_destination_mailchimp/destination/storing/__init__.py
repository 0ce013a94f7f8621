"""Keep records that did not get through: rows, the names of their files, and where those lie."""
