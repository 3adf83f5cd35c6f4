"""What the report reads of gold: a bounded number of rows for each query, however large the catalog."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.views.measures import sound_rating, sound_roi

SAMPLE = 800  # points a scatter shows
TOP = 20
COMMUNITIES, ACTORS = 6, 7
MONTHS_SHOWN = 180
RISING = 10
BINS_PER_DOUBLING, DOUBLINGS = 2, 6
RATING_BIN = 0.5
PROBABILITY_BIN = 0.025  # the bands begin at multiples of it
STYLES_BIN, MOST_STYLES = 0.5, 6.0


class Query(NamedTuple):
    """A query of gold: the tables it needs, in the order its function takes them."""

    needs: tuple[str, ...]
    ask: Callable[..., DataFrame]


def _sample(rows: DataFrame) -> DataFrame:
    """The rows with the smallest hashes of their film_id: the same ones each time."""
    return rows.orderBy(F.xxhash64("film_id"), "film_id").limit(SAMPLE)


def money(films: DataFrame) -> DataFrame:
    """Films of known revenue and budget: the TOP of revenue, and a sample of the others."""
    known = films.where("revenue > 0 AND budget > 0").select(
        "film_id", "title", "release_year", "budget", "revenue", "roi"
    )
    first = known.orderBy(F.desc("revenue"), "film_id").limit(TOP).withColumn("is_top", F.lit(True))
    others = _sample(known.join(first.select("film_id"), "film_id", "left_anti"))
    return first.unionByName(others.withColumn("is_top", F.lit(False)))


def totals(films: DataFrame) -> DataFrame:
    """One row: how many films have money or a rating, and their middles."""
    has_money = (F.col("revenue") > 0) & (F.col("budget") > 0)
    ratio = F.when(has_money, F.col("revenue") / F.col("budget"))
    sound_ratio = F.when(sound_roi().isNotNull(), ratio)
    rating = sound_rating()
    return films.agg(
        F.count("*").alias("films"),
        F.count(ratio).alias("with_money"),
        F.avg((ratio >= 1).cast("double")).alias("earned_back"),
        F.median(ratio).alias("median_ratio"),
        F.count(sound_ratio).alias("sound"),
        F.avg((sound_ratio < 1).cast("double")).alias("sound_below"),
        F.median(sound_ratio).alias("sound_median_ratio"),
        F.count(rating).alias("rated"),
        F.median(rating).alias("median_rating"),
        F.avg(rating.between(5.5, 7.5).cast("double")).alias("rated_middling"),
    )


def spreads(films: DataFrame) -> DataFrame:
    """Films in each bin of revenue by budget (in doublings) and of rating; the end bins hold what lies beyond."""
    doublings = F.when(
        sound_roi().isNotNull() & (F.col("revenue") > 0), F.log2(F.col("revenue") / F.col("budget"))
    )
    bins = F.array(
        _bin(
            "ratio",
            doublings * BINS_PER_DOUBLING,
            -DOUBLINGS * BINS_PER_DOUBLING,
            DOUBLINGS * BINS_PER_DOUBLING,
        ),
        _bin("rating", sound_rating() / RATING_BIN, 0, int(10 / RATING_BIN)),
    )
    known = F.filter(bins, lambda found: found["bin"].isNotNull())
    return films.select(F.inline(known)).groupBy("measure", "bin").agg(F.count("*").alias("films"))


def _bin(measure: str, value: Column, low: int, high: int) -> Column:
    """A struct of the measure's name and the number of the bin from low to high - 1; null when the value is."""
    clipped = F.greatest(F.lit(low), F.least(F.lit(high - 1), F.floor(value)))
    number = F.when(value.isNotNull(), clipped).cast("int")
    return F.struct(F.lit(measure).alias("measure"), number.alias("bin"))


def _best(people: DataFrame) -> DataFrame:
    """The first TOP by rank."""
    return people.where(F.col("rank") <= TOP).orderBy("rank", F.desc("films"), "name").limit(TOP)


def communities(nodes: DataFrame) -> DataFrame:
    """People of each of the largest communities, with its best connected person."""
    sizes = nodes.where(F.col("community") <= 2 * TOP).groupBy("community")
    first = F.max_by("name", F.struct("weighted_degree", -F.col("person_id")))
    return sizes.agg(F.count("*").alias("people"), first.alias("around")).orderBy("community")


def network_size(nodes: DataFrame, edges: DataFrame) -> DataFrame:
    """One row: people, people with partners, communities and pairs."""
    people = nodes.agg(
        F.count("*").alias("people"),
        F.count_if(F.col("degree") > 0).alias("with_partners"),
        F.max("community").alias("communities"),
    )
    return people.crossJoin(edges.agg(F.count("*").alias("pairs")))


def best_connected(nodes: DataFrame) -> DataFrame:
    """The ACTORS of most partners in each of the COMMUNITIES largest communities."""
    members = nodes.where(F.col("community") <= COMMUNITIES)
    person = F.struct(
        F.col("weighted_degree"),
        -F.col("person_id"),
        *[F.col(name) for name in ("person_id", "name", "films", "degree")],
    )
    first = F.slice(F.sort_array(F.collect_list(person), asc=False), 1, ACTORS)
    return members.groupBy("community").agg(F.inline(first))


def links(nodes: DataFrame, edges: DataFrame) -> DataFrame:
    """Pairs among the best connected."""
    people = best_connected(nodes).select("person_id")
    kept = edges.join(F.broadcast(people.withColumnRenamed("person_id", "person_a")), "person_a")
    both = kept.join(F.broadcast(people.withColumnRenamed("person_id", "person_b")), "person_b")
    return both.select("person_a", "person_b", "films")


def matches(found: DataFrame) -> DataFrame:
    """Matches in each bin of probability, by band."""
    number = F.least(
        F.floor(F.col("probability") / PROBABILITY_BIN + 1e-9), F.lit(round(1 / PROBABILITY_BIN) - 1)
    )
    return found.groupBy("band", number.cast("int").alias("bin")).agg(
        F.count("*").alias("matches"), F.count_if("is_ambiguous").alias("ambiguous")
    )


def diverse_films(films: DataFrame) -> DataFrame:
    """A sample of films with their effective styles and popularity."""
    known = films.where("effective_styles IS NOT NULL AND popularity > 0")
    return _sample(known).select(
        "film_id", "film_title", "film_year", "effective_styles", "release_count", "popularity"
    )


def diverse_bins(films: DataFrame) -> DataFrame:
    """Films and the quartiles of their popularity in each bin of effective styles; the last holds what lies beyond."""
    known = films.where("effective_styles IS NOT NULL AND popularity > 0")
    number = F.floor((F.least("effective_styles", F.lit(MOST_STYLES)) - 1) / STYLES_BIN + 1e-6).cast("int")
    low, middle, high = (F.percentile_approx("popularity", share) for share in (0.25, 0.5, 0.75))
    return known.groupBy(number.alias("bin")).agg(
        F.count("*").alias("films"),
        F.avg("effective_styles").alias("at"),
        low.alias("low"),
        middle.alias("median"),
        high.alias("high"),
    )


def genre_years(rows: DataFrame) -> DataFrame:
    """Films of a genre and year; of more than 5,000 rows those of most films."""
    known = rows.select("genre", "release_year", "films")
    return known.orderBy(F.desc("films"), "genre", "release_year").limit(5_000)


def years(rows: DataFrame) -> DataFrame:
    """The last 200 years."""
    return rows.orderBy(F.desc("release_year")).limit(200)


def months(rows: DataFrame) -> DataFrame:
    """The last months that have films."""
    return rows.orderBy(F.desc("release_year"), F.desc("release_month")).limit(MONTHS_SHOWN)


def genre_seasons(rows: DataFrame) -> DataFrame:
    """Films of a genre in each month of the calendar, all years together."""
    return rows.groupBy("genre", "release_month").agg(F.sum("films").alias("films"))


def overall(rows: DataFrame) -> DataFrame:
    """Figures of all films; those of their groups are left out."""
    return rows.where(F.col("grouping") == "overall")


def most_voted(films: DataFrame) -> DataFrame:
    """The TOP films by votes."""
    voted = films.where(F.col("vote_count") > 0).select(
        "film_id", "title", "release_year", "vote_count", "rating"
    )
    return voted.orderBy(F.desc("vote_count"), "film_id").limit(TOP)


def rising(films: DataFrame) -> DataFrame:
    """The first RISING films of each window by trend_score; a window without history has none."""
    first = Window.partitionBy("window_days").orderBy(F.desc("trend_score"), "film_id")
    placed = films.where("trend_score IS NOT NULL").withColumn("place", F.row_number().over(first))
    return placed.where(F.col("place") <= RISING)


def by_revenue(groups: DataFrame) -> DataFrame:
    """The TOP groups of films by revenue."""
    known = groups.where(F.col("revenue_total") > 0)
    return known.orderBy(F.desc("revenue_total"), *known.columns[:1]).limit(TOP)


def _all(rows: DataFrame) -> DataFrame:
    """All rows of a table that has some dozens, however large the catalog."""
    return rows


QUERIES = {
    "kpis": Query(("kpis",), _all),
    "most_voted": Query(("movie_performance",), most_voted),
    "best_and_worst": Query(("best_and_worst",), _all),
    "rising": Query(("trending",), rising),
    "cast_sizes": Query(("cast_sizes",), _all),
    "correlations": Query(("correlations",), overall),
    "distributions": Query(("distributions",), _all),
    "genre_pairs": Query(("genre_pairs",), _all),
    "genre_seasons": Query(("genre_trends",), genre_seasons),
    "months": Query(("monthly_trends",), months),
    "windows": Query(("release_windows",), _all),
    "franchises": Query(("franchises",), by_revenue),
    "studios": Query(("studios",), by_revenue),
    "decades": Query(("actor_network_decades",), _all),
    "money": Query(("movie_performance",), money),
    "totals": Query(("movie_performance",), totals),
    "spreads": Query(("movie_performance",), spreads),
    "genre_years": Query(("genre_years",), genre_years),
    "years": Query(("yearly_trends",), years),
    "franchise_effect": Query(("franchise_effect",), _all),
    "directors": Query(("directors",), _best),
    "composers": Query(("composers",), _best),
    "network_size": Query(("actor_nodes", "actor_edges"), network_size),
    "communities": Query(("actor_nodes",), communities),
    "best_connected": Query(("actor_nodes",), best_connected),
    "links": Query(("actor_nodes", "actor_edges"), links),
    "matches": Query(("matches",), matches),
    "diverse_films": Query(("soundtrack_diversity",), diverse_films),
    "diverse_bins": Query(("soundtrack_diversity",), diverse_bins),
    "diversity_effect": Query(("diversity_effect",), _all),
}
TABLES = tuple(sorted({name for query in QUERIES.values() for name in query.needs}))
