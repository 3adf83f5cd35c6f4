"""Bronze lines of a run to typed, checked, merged tables."""
