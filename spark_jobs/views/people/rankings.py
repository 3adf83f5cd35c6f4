"""`directors`, `studios`, `composers`: their films, money and ratings, ranked so that one hit does not top the list.

Who: directors and composers are told apart by TMDB's person id where the film has crew credits of the job, so namesakes
stay apart; a film of which only names are known counts for a person of that name (persons.py). Studios have names only.
Somebody with two such jobs in a film has one film. Of several spellings the alphabetically first is shown.

Score: the mean rating of the n films with MIN_VOTES votes or more, drawn towards the mean of all such films of the
table: overall + n / (n + k) * (own - overall). k is the variance of ratings within a person's films by the variance
between persons, estimated from the table (Buehlmann and Straub 1970; the empirical Bayes estimate of Efron and Morris
1975 for normal means), held within K_RANGE, and DEFAULT_K where nobody has two rated films. `typical_revenue` is the
same on the logarithm of revenue, brought back to dollars. Equal scores share a rank, and the next one leaves the gap.

Nulls: means, medians, totals and scores are null where no film has the figure; roi is all profit by all budget of the
films with both known, so small budgets do not rule it. Consistency is 1 / (1 + sd / mean) of the ratings, 1 for always
the same, null below two rated films or a mean of zero. Years are null without a dated film; a film without votes or
money counts as a film only. Without a score there is no rank. Without credits there are no rows.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from spark_jobs.schemas.fields import DOUBLE, INT, LONG, STRING, STRINGS, column
from spark_jobs.schemas.silver import COMPOSER_JOBS
from spark_jobs.views.measures import DIGITS, columns, mean, mean_of_whole, median, ratio, sound_rating, total
from spark_jobs.views.people.persons import PERSON_ID, person_key
from spark_jobs.views.view import Inputs, View, once

K_RANGE, DEFAULT_K = (3.0, 50.0), 5.0  # one film alone never weighs more than a quarter
TOP_GENRES = 3
_FIGURES = [
    column("films", LONG, "films"),
    column("rated_films", LONG, "films with 10 votes or more"),
    column("films_with_revenue", LONG, "films whose revenue is known"),
    column("films_with_profit", LONG, "films whose budget and revenue are known"),
    column("revenue_total", LONG, "US dollars, of the films whose revenue is known"),
    column("revenue_mean", DOUBLE, "US dollars, of the films whose revenue is known"),
    column("revenue_median", DOUBLE, "US dollars, of the films whose revenue is known"),
    column("profit_total", LONG, "US dollars, of the films whose budget and revenue are known"),
    column("roi", DOUBLE, "all profit by all budget of those films, no unit"),
    column("rating_mean", DOUBLE, "mean rating of the rated films, 0 to 10"),
    column("consistency", DOUBLE, "1 / (1 + sd / mean) of the ratings, 0 to 1; null below two rated films"),
    column("first_year", INT, "year of the first dated film"),
    column("last_year", INT, "year of the last dated film"),
    column("genres", STRINGS, "the three genres of most films, then by name"),
    column("typical_revenue", DOUBLE, "US dollars: geometric mean, drawn to that of all; four digits"),
    column("score", DOUBLE, "mean rating, drawn to that of all the fewer the films; 0 to 10"),
    column("rank", LONG, "place by score, from 1; equal scores share it"),
]


def _schema(*who: StructField) -> StructType:
    return StructType([*who, *_FIGURES])


DIRECTORS = _schema(column("person_id", LONG, PERSON_ID), column("name", STRING, "name of the director"))
COMPOSERS = _schema(column("person_id", LONG, PERSON_ID), column("name", STRING, "name of the composer"))
STUDIOS = _schema(column("name", STRING, "production company"))
_FACTS = ("release_year", "genres", "revenue", "profit", "budget", "rating", "vote_count")
_PERSON = "array<struct<role:string,person_id:bigint,name:string>>"


def directors(inputs: Inputs) -> DataFrame:
    """Rows of DIRECTORS."""
    return _table(inputs, "directors", DIRECTORS)


def composers(inputs: Inputs) -> DataFrame:
    """Rows of COMPOSERS."""
    return _table(inputs, "composers", COMPOSERS)


def studios(inputs: Inputs) -> DataFrame:
    """Rows of STUDIOS."""
    return _table(inputs, "companies", STUDIOS)


def _table(inputs: Inputs, role: str, schema: StructType) -> DataFrame:
    """Rows of one role."""
    return columns(_ranked(inputs).where(F.col("role") == role).select(schema.fieldNames()), schema)


@once
def _ranked(inputs: Inputs) -> DataFrame:
    """All figures of all roles, kept: the three tables are made together, once for the inputs."""
    found = inputs.keep(_credited(inputs).groupBy("role", "person_id").agg(*_aggregates()))
    prior = found.groupBy("role").agg(*_prior("rating"), *_prior("log_revenue"))
    scored = found.join(F.broadcast(prior), "role").withColumns(_derived())
    in_order = Window.partitionBy("role").orderBy(F.desc_nulls_last("score"))
    rank = F.when(F.col("score").isNotNull(), F.rank().over(in_order).cast("bigint"))
    return inputs.keep(scored.withColumn("rank", rank))


def _credited(inputs: Inputs) -> DataFrame:
    """role, person_id, name and the facts of the film, once for each person and studio of a film."""
    films = inputs.movies.select("film_id", *_FACTS, "directors", "composers", "companies")
    with_crew = films.join(_crew(inputs.crew_credits), "film_id", "left")
    who = F.concat(
        *(F.coalesce(_of_role(F.col("crew"), role), _named(role)) for role in ("directors", "composers")),
        _named("companies"),
    )
    return with_crew.select(*_FACTS, F.explode(who).alias("who")).select(*_FACTS, "who.*")


def _crew(crew_credits: DataFrame) -> DataFrame:
    """film_id and crew: role, person_id and name of its directors and composers, each once."""
    key = person_key(F.col("person_id"), F.col("name"))
    role = F.when(F.col("job") == "Director", "directors").when(
        F.col("job").isin(*COMPOSER_JOBS), "composers"
    )
    credits = crew_credits.select("film_id", role.alias("role"), key.alias("person_id"), "name")
    person = F.struct("role", "person_id", "name")
    known = credits.where("role IS NOT NULL AND person_id IS NOT NULL").groupBy("film_id")
    return known.agg(_without_namesakes(F.array_sort(F.collect_set(person))).alias("crew"))


def _without_namesakes(persons: Column) -> Column:
    """The first of the spellings of a person's name, in a sorted array of role, person_id and name."""

    def is_first(person: Column, place: Column) -> Column:
        before = F.get(persons, place - 1)
        return (
            (place == 0) | (before["role"] != person["role"]) | (before["person_id"] != person["person_id"])
        )

    return F.filter(persons, is_first)


def _of_role(crew: Column, role: str) -> Column:
    """The crew of a role; null when there is none."""
    found = F.filter(crew, lambda person: person["role"] == role)
    return F.when(F.size(found) > 0, found)


def _named(role: str) -> Column:
    """Persons of the names in a column of movies; empty when there are none."""
    no_id = F.lit(None).cast(LONG)
    names = F.array_distinct(F.array_compact(F.coalesce(F.col(role), F.array().cast(STRINGS))))
    persons = F.transform(
        names,
        lambda name: F.struct(
            F.lit(role).alias("role"), person_key(no_id, name).alias("person_id"), name.alias("name")
        ),
    )
    return persons.cast(_PERSON)


def _aggregates() -> list[Column]:
    rating, log_revenue = sound_rating(), F.log("revenue")
    budget = F.when(F.col("profit").isNotNull(), F.col("budget"))
    return [
        F.min("name").alias("name"),
        F.count("*").alias("films"),
        F.count(rating).alias("rated_films"),
        F.count("revenue").alias("films_with_revenue"),
        F.count("profit").alias("films_with_profit"),
        total("revenue").alias("revenue_total"),
        mean_of_whole("revenue").alias("revenue_mean"),
        median("revenue").alias("revenue_median"),
        total("profit").alias("profit_total"),
        total(budget).alias("budget_total"),
        F.min("release_year").alias("first_year"),
        F.max("release_year").alias("last_year"),
        F.flatten(F.collect_list("genres")).alias("all_genres"),
        *_moments("rating", rating),
        *_moments("log_revenue", log_revenue),
    ]


def _moments(name: str, value: Column) -> list[Column]:
    """Count, mean and mean square about it, rounded so that the order of rows does not show."""
    return [
        F.count(value).alias(f"{name}_n"),
        mean(value).alias(f"{name}_mean"),
        F.round(F.var_pop(value), DIGITS).alias(f"{name}_var"),
    ]


def _prior(name: str) -> list[Column]:
    """Over all keys: the mean of all films, and k, the films at which a mean counts as much as the overall one."""
    n, own, variance = (F.col(f"{name}_{part}").cast("double") for part in ("n", "mean", "var"))
    films, keys = F.sum(n), F.count_if(n > 0)
    overall = F.try_divide(F.sum(n * own), films)
    within = F.try_divide(F.sum(n * variance), films - keys)
    spread = F.sum(n * own * own) - films * overall * overall
    between = F.try_divide(spread - (keys - 1) * within, films - F.try_divide(F.sum(n * n), films))
    bound = F.when(between > 0, F.round(within / F.nullif(between, F.lit(0.0)), 3)).otherwise(K_RANGE[1])
    k = F.when(within.isNull(), DEFAULT_K).otherwise(
        F.greatest(F.least(bound, F.lit(K_RANGE[1])), F.lit(K_RANGE[0]))
    )
    return [F.round(overall, DIGITS).alias(f"{name}_overall"), k.alias(f"{name}_k")]


def _derived() -> dict[str, Column]:
    deviation = F.sqrt(F.col("rating_var")) / F.nullif("rating_mean", F.lit(0.0))
    typical = F.exp(_shrunk("log_revenue"))
    digits = F.pow(F.lit(10.0), F.floor(F.log10(typical)) - 3)
    return {
        "roi": ratio("profit_total", "budget_total"),
        "consistency": F.when(F.col("rating_n") > 1, F.round(1 / (1 + deviation), DIGITS)),
        "genres": _most_frequent(F.col("all_genres")),
        "typical_revenue": F.round(F.rint(typical / digits) * digits, 2),
        "score": F.round(_shrunk("rating"), 3),
    }


def _shrunk(name: str) -> Column:
    """overall + n / (n + k) * (own - overall); null without a film that counts."""
    n, own, overall, k = (F.col(f"{name}_{part}") for part in ("n", "mean", "overall", "k"))
    return F.when(n > 0, overall + n / (n + k) * (own - overall))


def _most_frequent(values: Column) -> Column:
    """The TOP_GENRES most frequent values of an array, then by name."""
    counted = F.transform(
        F.array_distinct(values),
        lambda value: F.struct(
            (-F.size(F.filter(values, lambda other: other == value))).alias("n"), value.alias("v")
        ),
    )
    return F.slice(F.array_sort(counted)["v"], 1, TOP_GENRES)


_INDEXES = (("rank",), ("name",), ("-revenue_total",))
VIEWS = (
    View("directors", "a director", DIRECTORS, directors, ("person_id",), _INDEXES),
    View("studios", "a production company", STUDIOS, studios, ("name",), _INDEXES),
    View("composers", "a composer of score or songs", COMPOSERS, composers, ("person_id",), _INDEXES),
)
