"""TMDB and Discogs: what they are asked, how fast, and what may go wrong."""
