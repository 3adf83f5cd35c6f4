"""The Databricks Jobs API over job processes and one Spark Connect server, for the unchanged databricks-sdk."""
