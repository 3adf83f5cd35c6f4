"""The Databricks bundle: what it comes to for a target, and whether that is sound."""
