"""Where the two APIs end a list, and the size of their pages."""

from __future__ import annotations

TMDB_PAGE_SIZE = 20
TMDB_MAX_PAGES = 500
DISCOGS_PAGE_SIZE = 100
DISCOGS_MAX_PAGES = 100
MAX_RESULTS = 10_000
FIRST_RECORD_YEAR = 1890
