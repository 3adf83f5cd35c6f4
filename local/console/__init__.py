"""A run as the terminal shows it."""
