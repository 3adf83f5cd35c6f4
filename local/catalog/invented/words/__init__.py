"""The words an invented catalog is made of."""
