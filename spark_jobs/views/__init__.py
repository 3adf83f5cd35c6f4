"""Gold views over films and their music; they come with the next depth of the gold layer."""
