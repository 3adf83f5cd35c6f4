"""Readers of Delta tables that nobody here wrote, on every table that is documented, and a checker of the contract."""
