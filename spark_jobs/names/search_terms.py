"""Words of the search index, folded so that spelling differences do not hide a film. Pure, no Spark.

`shared/serving/search_terms.py` folds a search by the same rules; a test holds the two to each other, as the app
and the jobs are deployed apart and import nothing of one another.
"""

from __future__ import annotations

import unicodedata

PREFIX_CHARS = 3


def terms(text: str) -> list[str]:
    """Words of a text: case, accents, width and apostrophes folded away, runs of letters and digits kept."""
    folded = unicodedata.normalize("NFKD", text.replace("'", "").replace("\u2019", "")).casefold()
    plain = (c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return "".join(c if c.isalnum() else " " for c in plain).split()
