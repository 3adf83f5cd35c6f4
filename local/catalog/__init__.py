"""TMDB v3 and Discogs in one local HTTP server, over a generated catalog or a directory of JSON lines.

A request passes `server/` (faults, tokens, limits, counts) to one of the two APIs in `apis/`, which look films and
releases up in `stores/`; `files/` has what both sites publish of their whole catalogs. The records come from a
directory (`stores/directory.py`) or from `invented/`; `generate` writes an invented catalog to disk.
"""
