"""The report of a run: sections over gold's views."""
