"""The Databricks Jobs API over local PySpark subprocesses, for the unchanged databricks-sdk."""
