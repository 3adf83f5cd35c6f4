"""Views of soundtracks: how diverse they are, and what goes with it."""
