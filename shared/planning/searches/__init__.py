"""Discogs searches over the caps: what a page leads to, and which searches reach all with the fewest requests."""
