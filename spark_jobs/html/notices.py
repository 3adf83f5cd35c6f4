"""What TMDB and Discogs want to be said wherever their data is shown; `shared/sources/terms.py` says where they ask."""

from __future__ import annotations

NOTICES = (
    "This product uses the TMDB API but is not endorsed or certified by TMDB.",
    "This application uses Discogs' API but is not affiliated with, sponsored or endorsed by Discogs. "
    "'Discogs' is a trademark of Zink Media, LLC.",
)
LICENCE = (
    "Links are made by Crossfade. Titles, names and ids are TMDB's and Discogs': use them under their terms."
)
"""What a copy of the links may be used for."""
