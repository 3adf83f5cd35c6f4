"""A bundle as it is written: its files in one, references filled in, and the resources that come of it.."""
