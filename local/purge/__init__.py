"""Removes from a lake what came from one source, wherever it went: `python -m local.purge --source tmdb`."""
