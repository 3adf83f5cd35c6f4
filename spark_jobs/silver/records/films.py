"""TMDB details to typed films, with their credits and reviews in arrays."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from spark_jobs.names.folding import name_tokens
from spark_jobs.schemas.fields import DOUBLE, STRING, STRINGS
from spark_jobs.schemas.silver import COMPOSER_JOBS, MOVIES
from spark_jobs.silver.records import credits, parts
from spark_jobs.silver.records.cleaning import asked, number, prose, strings, text, within
from spark_jobs.silver.records.dates import release_date, year_of
from spark_jobs.silver.records.genres import film_genres
from spark_jobs.silver.records.sentiment import mood, sentiment, sentiments

REMOVED = "removed upstream"
MAX_RUNTIME_MIN = 60_000  # 1,000 hours; films of 857 hours are real
TITLE_LIMIT_CHARS = 2_000
_OVERVIEW = "overview|synopsis|description|summary|plot summary|plot outline|plot|storyline"
_THERE = "found|available|provided|given|added"
_NO_OVERVIEW = (
    rf"(?i)^[\W_]*((there is |there's |sorry,? )?no( \w+)? ({_OVERVIEW})( (is |was )?(yet|(currently )?({_THERE})"
    rf"( yet| at this time| for this \w+)?))?|({_OVERVIEW}) (is )?(not|un)[ -]?(yet )?({_THERE})( yet)?|"
    r"we (don't|do not) have an overview .*|n ?/ ?a|tba|tbd|none|null|"
    r"keine (beschreibung|inhaltsangabe|handlung)( vorhanden| verfügbar)?|"
    r"(pas de|aucune?) (résumé|synopsis|description)( disponible)?|sin (sinopsis|descripción)( disponible)?|"
    r"nessuna (trama|descrizione)( disponibile)?|sem (sinopse|descrição)( disponível)?)[\W_]*$"
)
_CAST_SIZE = 10
_IMDB_ID = "^tt[0-9]{7,10}$"
_SAID = ("release_date", "vote_average", "vote_count", "popularity", "budget", "revenue", "runtime")


@arrow_udf(STRING)  # type: ignore[call-overload, untyped-decorator]
def _clean_title(titles: pa.Array) -> pa.Array:
    return pa.array([" ".join(name_tokens(t or "")) or None for t in titles.to_pylist()], pa.string())


def from_details(parsed: DataFrame, *, with_sentiment: bool = True) -> DataFrame:
    """Parsed lines of tmdb/details (body: TMDB_DETAILS) to typed rows.

    Columns of MOVIES plus cast, crew and reviews (arrays), `said` (the scalars as they came), and what the rules and
    the merge read: fault, http_status, asked_id, line, line_no, item_no, kind. A 404 keeps only the id, taken from the
    path. What is made of a part that was left out is null.
    """
    typed = parsed.select(
        *_names(),
        parts.missing().alias("missing_parts"),
        *_numbers(),
        *_lists(),
        *credits.nested(),
        *_provenance(parsed),
    )
    return typed.transform(_derive).transform(_enrich, with_sentiment)


def _names() -> list[Column]:
    asked_id, overview = asked("/movie/"), prose(F.col("body.overview"))
    imdb_id = F.coalesce(text("body.imdb_id"), text("body.external_ids.imdb_id"))
    return [
        F.when(F.col("status") == 404, asked_id).otherwise(number("body.id", "bigint")).alias("film_id"),
        asked_id.alias("asked_id"),
        text("body.title").alias("title"),
        text("body.original_title").alias("original_title"),
        F.when(~overview.rlike(_NO_OVERVIEW), overview).alias("overview"),
        text("body.original_language").alias("language"),
        text("body.belongs_to_collection.name").alias("collection"),
        F.when(imdb_id.rlike(_IMDB_ID), imdb_id).alias("imdb_id"),
        text("body.status").alias("status"),
    ]


def _numbers() -> list[Column]:
    votes = number("body.vote_count", "bigint")
    rating = within(number("body.vote_average", "double"), 0, 10)
    return [
        *release_date("body.release_date"),
        F.when((rating > 0) | (votes > 0), rating).alias("rating"),
        F.when(votes >= 0, votes).alias("vote_count"),
        number("body.popularity", "double", above=-1e-9).alias("popularity"),
        number("body.budget", "bigint", above=0).alias("budget"),
        number("body.revenue", "bigint", above=0).alias("revenue"),
        within(number("body.runtime", "int"), 1, MAX_RUNTIME_MIN).alias("runtime_min"),
    ]


def _lists() -> list[Column]:
    return [
        parts.of("alternative_titles", strings(F.col("body.alternative_titles.titles.title"))),
        film_genres(strings(F.col("body.genres.name"))).alias("genres"),
        strings(F.col("body.production_countries.iso_3166_1")).alias("countries"),
        strings(F.col("body.production_companies.name")).alias("companies"),
        parts.of("keywords", strings(F.col("body.keywords.keywords.name"))),
    ]


def _provenance(parsed: DataFrame) -> list[Column]:
    said = F.struct(
        *[F.trim(f"body.{name}").alias(name) for name in _SAID],
        year_of("body.release_date").alias("release_year"),
        F.length("body.overview").alias("overview_chars"),
    )
    carried = [F.col(name) for name in ("shape",) if name in parsed.columns]
    plain = [F.col(name) for name in ("fetched_at", "source_blob", "fault", "line", "line_no")]
    fixed = [F.lit(0).alias("item_no"), F.lit("details").alias("kind")]
    return [*plain, *carried, *fixed, said.alias("said"), F.col("status").alias("http_status")]


def _derive(typed: DataFrame) -> DataFrame:
    """Columns that follow from others."""
    by_billing = F.array_sort(
        F.transform(
            "cast", lambda p: F.struct(F.coalesce(p["billing_order"], F.lit(9999)), p["name"].alias("name"))
        )
    )
    profit = F.col("revenue") - F.col("budget")
    return typed.select(
        "*",
        F.try_element_at("genres", F.lit(1)).alias("primary_genre"),
        profit.alias("profit"),
        F.round(profit / F.col("budget"), 4).alias("roi"),
        _crew("Director").alias("directors"),
        _crew(*COMPOSER_JOBS).alias("composers"),
        F.when(F.col("cast").isNotNull(), F.slice(strings(by_billing["name"]), 1, _CAST_SIZE)).alias(
            "top_cast"
        ),
    )


def _crew(*jobs: str) -> Column:
    found = strings(F.filter("crew", lambda person: person["job"].isin(*jobs))["name"])
    return F.when(F.col("crew").isNotNull(), found)


def _enrich(typed: DataFrame, with_sentiment: bool) -> DataFrame:
    """Columns Python computes, all on the same Arrow batches."""
    score = sentiment("overview") if with_sentiment else F.lit(None).cast(DOUBLE)
    contents = F.col("reviews.content")
    # No call into Python for the many films nobody reviewed: an empty list costs a null there.
    scores = sentiments(F.when(F.size(contents) > 0, contents)) if with_sentiment else F.lit(None)
    short = F.when(F.length("title") <= TITLE_LIMIT_CHARS, F.col("title"))
    scored = typed.select(
        "*",
        _clean_title(short).alias("clean_title"),
        score.alias("overview_sentiment"),
        scores.cast("array<double>").alias("review_scores"),
    )
    return scored.select(
        "*",
        mood(F.col("overview_sentiment")).alias("overview_mood"),
        F.lit(None).cast(STRINGS).alias("outliers"),
        F.lit(None).cast("timestamp").alias("removed_at"),
    )


def columns(rows: DataFrame) -> DataFrame:
    """Exactly the columns of `movies`, in order."""
    return rows.select([field.name for field in MOVIES])
