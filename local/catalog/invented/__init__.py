"""An invented catalog: films and releases from a seed, by column."""
