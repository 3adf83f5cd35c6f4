"""`soundtrack_diversity`: how many kinds of music the soundtracks of a film are.

One row a film with a match. Each release counts each of its genres and styles once. Entropy is Shannon's, in nats,
of the shares of the styles (genres) among all style (genre) mentions of the film's releases: H = -sum p ln p; exp(H)
is the effective number: as many equally frequent styles would be as diverse (the Hill number of order 1; M. O. Hill,
"Diversity and evenness", 1973). All styles count, also 'Soundtrack' itself, which nearly every release carries.

Nulls: without any style, entropy and effective number are null and the count is 0 (genres likewise); one style alone
has entropy 0 and is 1 effective style. Releases without a year do not count for the span, which is null when no year
is known and 0 when there is but one. A release that is not in `releases` counts as a release without artists. Without
matches there are no rows.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import DOUBLE, FILM_ID, INT, LONG, STRING, column
from spark_jobs.views.measures import DIGITS, columns
from spark_jobs.views.view import Inputs, View, once

SCHEMA = StructType(
    [
        FILM_ID,
        column("film_title", STRING, "film title as TMDB shows it"),
        column("film_year", INT, "year of the film; null when unknown"),
        column("popularity", DOUBLE, "TMDB popularity of the film, no unit"),
        column("release_count", LONG, "releases matched"),
        column("genre_count", LONG, "distinct Discogs genres of its releases"),
        column("style_count", LONG, "distinct Discogs styles of its releases"),
        column("genre_entropy_nats", DOUBLE, "Shannon entropy of the genres, nats; null without a genre"),
        column("style_entropy_nats", DOUBLE, "Shannon entropy of the styles, nats; null without a style"),
        column("effective_genres", DOUBLE, "exp of the genres' entropy; null without a genre"),
        column("effective_styles", DOUBLE, "exp of the styles' entropy; null without a style"),
        column("label_count", LONG, "distinct labels of its releases"),
        column("country_count", LONG, "distinct countries of its releases"),
        column("first_release_year", INT, "earliest year of its releases; null when none is known"),
        column("last_release_year", INT, "latest year of its releases; null when none is known"),
        column(
            "reissue_span_years", INT, "years from the first release to the last; null when none is known"
        ),
        column("various_share", DOUBLE, "share of its releases by Various artists, 0 to 1"),
    ]
)
_LISTS = {"genre": "genres", "style": "styles", "label": "labels"}


@once
def soundtrack_diversity(inputs: Inputs) -> DataFrame:
    """Rows of SCHEMA, one a film with a match; kept, for `diversity_effect` is made of them too."""
    kept = inputs.releases.select("release_id", "is_various", "country", *_LISTS.values())
    facts = inputs.matches.select("film_id", "film_title", "film_year", "release_id", "release_year").join(
        kept, "release_id", "left"
    )
    counted = facts.groupBy("film_id").agg(*_per_film())
    popularity = inputs.movies.select("film_id", "popularity")
    named = counted.join(popularity, "film_id", "left").withColumns(_derived())
    effective = {
        f"effective_{name}s": F.round(F.exp(f"{name}_entropy_nats"), DIGITS) for name in ("genre", "style")
    }
    return inputs.keep(columns(named.withColumns(effective), SCHEMA))


def _per_film() -> list[Column]:
    """The lists of all releases of a film, one row a film."""
    mentions = [F.flatten(F.collect_list(_once(plural))).alias(plural) for plural in _LISTS.values()]
    return [
        F.max("film_title").alias("film_title"),
        F.max("film_year").alias("film_year"),
        F.count("*").alias("release_count"),
        *mentions,
        F.size(F.collect_set("country")).cast("bigint").alias("country_count"),
        F.min("release_year").alias("first_release_year"),
        F.max("release_year").alias("last_release_year"),
        F.avg(F.coalesce("is_various", F.lit(False)).cast("double")).alias("various_share"),
    ]


def _once(plural: str) -> Column:
    """The values of a release's list, each once and none null."""
    return F.array_distinct(F.array_compact(plural))


def _derived() -> dict[str, Column]:
    """Counts, entropies and the span, of what was gathered."""
    counts = {
        f"{name}_count": F.size(F.array_distinct(plural)).cast("bigint") for name, plural in _LISTS.items()
    }
    entropies = {f"{name}_entropy_nats": entropy_nats(F.col(f"{name}s")) for name in ("genre", "style")}
    span = F.col("last_release_year") - F.col("first_release_year")
    return {**counts, **entropies, "reissue_span_years": span}


def entropy_nats(mentions: Column) -> Column:
    """Shannon entropy of the values of an array, nats; null when it is empty."""
    total = F.size(mentions).cast("double")

    def term(value: Column) -> Column:
        share = F.size(F.filter(mentions, lambda other: other == value)) / total
        return -share * F.log(share)

    terms = F.transform(F.array_sort(F.array_distinct(mentions)), term)
    summed = F.aggregate(terms, F.lit(0.0), lambda so_far, one: so_far + one)
    return F.when(F.size(mentions) > 0, F.round(summed, DIGITS))


VIEWS = (
    View(
        "soundtrack_diversity",
        "a film with a soundtrack",
        SCHEMA,
        soundtrack_diversity,
        ("film_id",),
        (("-effective_styles",),),
    ),
)
