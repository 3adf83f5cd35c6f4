"""Tests of spark_jobs.lakehouse."""
