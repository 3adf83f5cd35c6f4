"""A Databricks workspace over job processes and one Spark Connect server, for its unchanged SDK and CLI."""
