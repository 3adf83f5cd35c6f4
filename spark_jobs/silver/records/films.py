"""TMDB details to rows of the silver table `movies`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.names.folding import name_tokens
from spark_jobs.schemas.silver import COMPOSER_JOBS, MOVIES
from spark_jobs.silver.reading.answers import Answer
from spark_jobs.silver.reading.cleaning import (
    INT_MAX,
    asked,
    prose,
    real,
    strings,
    text,
    trimmed,
    whole,
    within,
)
from spark_jobs.silver.records import credits, parts
from spark_jobs.silver.records.dates import release_date, year_of
from spark_jobs.silver.records.genres import film_genres
from spark_jobs.silver.records.sentiment import mood, score

REMOVED = "removed upstream"
MAX_RUNTIME_MIN = 60_000  # 1,000 hours; films of 857 hours are real
TITLE_LIMIT_CHARS = 2_000
_OVERVIEW = "overview|synopsis|description|summary|plot summary|plot outline|plot|storyline"
_THERE = "found|available|provided|given|added"
_NO_OVERVIEW = re.compile(
    rf"(?i)^[\W_]*((there is |there's |sorry,? )?no( \w+)? ({_OVERVIEW})( (is |was )?(yet|(currently )?({_THERE})"
    rf"( yet| at this time| for this \w+)?))?|({_OVERVIEW}) (is )?(not|un)[ -]?(yet )?({_THERE})( yet)?|"
    r"we (don't|do not) have an overview .*|n ?/ ?a|tba|tbd|none|null|"
    r"keine (beschreibung|inhaltsangabe|handlung)( vorhanden| verfügbar)?|"
    r"(pas de|aucune?) (résumé|synopsis|description)( disponible)?|sin (sinopsis|descripción)( disponible)?|"
    r"nessuna (trama|descrizione)( disponibile)?|sem (sinopse|descrição)( disponível)?)[\W_]*$"
)
_CAST_SIZE = 10
_PICTURE = re.compile(r"/[\w.-]{1,200}", re.ASCII)
_IMDB_ID = re.compile("tt[0-9]{7,10}")
_SAID = ("release_date", "vote_average", "vote_count", "popularity", "budget", "revenue", "runtime")
Body = Mapping[str, Any]
Row = dict[str, Any]


def from_details(answer: Answer, *, with_sentiment: bool = True) -> Iterator[Row]:
    """An answer of tmdb/details (body: TMDB_DETAILS) to its typed row (FILM_ROWS without where it is from).

    A 404 keeps only the id, taken from the path. What is made of a part that was left out is null.
    """
    body, missing = answer.body, parts.missing(answer)
    row = _names(answer) | _numbers(body) | _lists(body) | _people(body)
    row["reviews"] = credits.reviews(body, with_sentiment=with_sentiment)
    overview_sentiment = score(row["overview"]) if with_sentiment else None
    row |= {
        "missing_parts": missing,
        "overview_sentiment": overview_sentiment,
        "overview_mood": mood(overview_sentiment),
        "said": (
            *[trimmed(body[name]) for name in _SAID],
            year_of(body["release_date"]),
            None if body["overview"] is None else len(body["overview"]),
        ),
    }
    left_out = [name for part in missing for name in parts.COLUMNS[part] if name != "imdb_id"]
    yield row | dict.fromkeys(left_out)


def _names(answer: Answer) -> Row:
    body, asked_id = answer.body, asked(answer.path, "/movie/")
    overview, title = prose(body["overview"]), text(body["title"])
    return {
        "film_id": asked_id if answer.status == 404 else whole(body["id"]),
        "asked_id": asked_id,
        "title": title,
        "clean_title": clean_title(title),
        "original_title": text(body["original_title"]),
        "overview": None if overview and _NO_OVERVIEW.search(overview) else overview,
        "language": text(body["original_language"]),
        "collection": _text_in(body["belongs_to_collection"], "name"),
        "imdb_id": _imdb_id(body),
        "status": text(body["status"]),
        "poster_path": _poster(body["poster_path"]),
    }


def _poster(path: str | None) -> str | None:
    return path if path and _PICTURE.fullmatch(path) else None


def clean_title(title: str | None) -> str | None:
    """A title folded for comparison; None without one, and for one that no film has."""
    if title is None or len(title) > TITLE_LIMIT_CHARS:
        return None
    return " ".join(name_tokens(title)) or None


def _imdb_id(body: Body) -> str | None:
    found = text(body["imdb_id"]) or _text_in(body["external_ids"], "imdb_id")
    return found if found and _IMDB_ID.fullmatch(found) else None


def _text_in(part: Body | None, name: str) -> str | None:
    return text(part[name]) if part else None


def _numbers(body: Body) -> Row:
    votes, rating = whole(body["vote_count"]), within(real(body["vote_average"]), 0, 10)
    popularity, released = real(body["popularity"]), release_date(body["release_date"])
    budget, revenue = whole(body["budget"], above=0), whole(body["revenue"], above=0)
    return {
        "release_date": released.day,
        "release_year": released.year,
        "release_month": released.month,
        "release_date_precision": released.precision,
        "rating": rating if rating or (votes or 0) > 0 else None,
        "vote_count": votes if votes is not None and votes >= 0 else None,
        "popularity": popularity if popularity is not None and popularity >= 0 else None,
        "budget": budget,
        "revenue": revenue,
        **_gains(budget, revenue),
        "runtime_min": within(whole(body["runtime"], INT_MAX), 1, MAX_RUNTIME_MIN),
    }


def _gains(budget: int | None, revenue: int | None) -> Row:
    """Profit and return on investment, the latter to four places."""
    if budget is None or revenue is None:
        return {"profit": None, "roi": None}
    profit = revenue - budget
    roi = Decimal(repr(profit / budget)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return {"profit": profit, "roi": float(roi)}


def _lists(body: Body) -> Row:
    genres = film_genres(strings(_each(body["genres"], "name")))
    return {
        "alternative_titles": strings(_each(_list_in(body["alternative_titles"], "titles"), "title")),
        "genres": genres,
        "primary_genre": genres[0] if genres else None,
        "countries": strings(_each(body["production_countries"], "iso_3166_1")),
        "companies": strings(_each(body["production_companies"], "name")),
        "keywords": strings(_each(_list_in(body["keywords"], "keywords"), "name")),
    }


def _list_in(part: Body | None, name: str) -> list[Body | None] | None:
    return part[name] if part else None


def _each(values: Iterable[Body | None] | None, name: str) -> list[str | None]:
    """A field of each object of a list."""
    return [value[name] for value in values or () if value is not None]


def _people(body: Body) -> Row:
    cast, crew = credits.cast(body), credits.crew(body)
    # credit_id, person_id, name, character, billing_order
    billed = sorted((9999 if order is None else order, name) for _, _, name, _, order in cast if name)
    return {
        "cast": cast,
        "crew": crew,
        "top_cast": strings(name for _, name in billed)[:_CAST_SIZE],
        "directors": _with_job(crew, "Director"),
        "composers": _with_job(crew, *COMPOSER_JOBS),
    }


def _with_job(crew: list[credits.Item], *jobs: str) -> list[str]:
    return strings(name for _, _, name, _, job in crew if job in jobs)


def columns(rows: DataFrame) -> DataFrame:
    """Exactly the columns of `movies`, in order."""
    return rows.select([field.name for field in MOVIES])
