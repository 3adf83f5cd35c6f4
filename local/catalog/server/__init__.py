"""The HTTP server of both APIs: admission, limits, faults, counts, control."""
