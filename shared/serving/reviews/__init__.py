"""Reviews of matches by people: what to look at next, and the log of what was said, which gold obeys."""
