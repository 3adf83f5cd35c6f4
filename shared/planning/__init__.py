"""Which requests to make, and which follow from an answer. Pure: no clock, no network."""
