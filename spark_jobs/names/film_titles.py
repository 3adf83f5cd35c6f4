"""Titles of a film as comparable names. Pure, no Spark."""

from __future__ import annotations

from spark_jobs.names.folding import name_tokens
from spark_jobs.names.name import FULL, PART, Name, add_name
from spark_jobs.names.readings import film_parts, romanised, with_letters


def film_names(*titles: str | None) -> list[Name]:
    """Names of a film: each title whole, then without its subtitle and the like, then in Latin letters."""
    names: list[Name] = []
    given = list(dict.fromkeys(title for title in titles if title))
    for title in given:
        add_name(names, name_tokens(title), FULL)
    for name in list(names):
        add_name(names, with_letters(list(name.tokens)), FULL)
    for title in given:
        for part in film_parts(title):
            add_name(names, name_tokens(part), PART)
    for title in given:
        add_name(names, romanised(title).split(), FULL)
    return names
