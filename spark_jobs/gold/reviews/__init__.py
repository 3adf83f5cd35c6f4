"""People's reviews in gold: the log read once, what stands, matches that obey it, and the queue for the next look."""
