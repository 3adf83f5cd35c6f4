"""Bronze lines of a run to typed, judged, merged tables."""
