"""Deploys the Databricks bundle to the workspace of one machine: the calls of the Databricks CLI, in their order."""
