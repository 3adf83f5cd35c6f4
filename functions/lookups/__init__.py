"""Lookups of films and records: a call counts against its key's quota, an answer can be kept until the next run."""
