"""Gold's views, films, releases and links in MongoDB: what changed since the last export, indexed and checked."""
