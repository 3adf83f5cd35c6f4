"""TMDB v3 and Discogs in one local HTTP server, over a generated catalog or a directory of JSON lines.

`app` routes, `gateway` admits (faults, tokens, limits, counting), `tmdb` and `discogs` answer, `store` finds,
`load` reads a directory, `films` and `releases` invent records (`words` and `people` name them), `generate`
writes an invented catalog to disk.
"""
