"""The Databricks CLI itself, run with the project's bundle against the workspace of one machine."""
