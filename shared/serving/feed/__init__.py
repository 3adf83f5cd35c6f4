"""What the feed says changed, page by page (docs/feed.md); the jobs write the feed, nothing here does."""
