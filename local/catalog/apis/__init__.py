"""The two APIs: parameters in, answers out, as TMDB and Discogs give them."""
