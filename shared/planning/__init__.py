"""What to ask, and what follows from an answer. Pure: no clock, no network."""
