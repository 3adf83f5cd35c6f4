"""Discogs' monthly dump of all releases to bronze lines of the soundtracks in it; no Spark, one pass, flat memory."""
