"""Which pairs of films and records are compared: keys of names, the blocks of a record, pairs near enough."""
