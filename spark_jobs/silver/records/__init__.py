"""One API answer to typed columns; what is impossible becomes null."""
