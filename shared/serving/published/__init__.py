"""What the gold job publishes for the app: generations of files, each in blocks by key, kept in memory."""
