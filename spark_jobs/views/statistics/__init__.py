"""Statistics over films: distributions, correlations, associations, groups."""
