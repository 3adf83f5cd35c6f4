"""The feed: links as files that anybody may copy, written anew where they changed, and what changed (docs/feed.md)."""
