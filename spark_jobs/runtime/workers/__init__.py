"""What Spark's Python workers are started with on one machine; a folder on their path, so that it needs no package."""
