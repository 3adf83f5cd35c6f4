"""Titles and people as comparable names. Pure, no Spark."""
