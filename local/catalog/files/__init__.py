"""The files both sites publish of their whole catalogs, in their real format: TMDB's id export, Discogs' dump."""
