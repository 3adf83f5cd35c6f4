"""Tests of the pure parts of spark_jobs.export."""
