"""What a run took and used: seconds by part, cache hits, Spark, money; and what the lake holds."""
