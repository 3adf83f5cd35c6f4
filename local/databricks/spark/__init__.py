"""The one Spark that runs the jobs' queries: a Spark Connect server, and what its clients are given."""
