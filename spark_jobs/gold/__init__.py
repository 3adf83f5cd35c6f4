"""Silver to matches, what stayed unmatched, views, report and search index."""
