"""Views of films: over time, by genre, by franchise, by performance."""
