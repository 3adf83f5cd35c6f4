"""Files that a source publishes of its whole catalog: TMDB's daily export of film ids, as the app keeps it."""
