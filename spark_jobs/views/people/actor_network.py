"""`actor_nodes`, `actor_edges`, `actor_network_decades`: who plays with whom.

Two people are partners when both are among the first BILLED (8) of a film's cast; a film thus adds at most 28 pairs,
and edges grow with the films. An edge weighs the films together. Persons are told apart by TMDB's id; credits without
one count as a person of that name (persons.py). Several roles in one film are one appearance. Of several spellings of
a name the alphabetically first is shown. Credits of films that are not in `movies` are left out.

PageRank (damping 0.85, weighted): up to MAX_NODES people and MAX_EDGES pairs (communities.py) by igraph on the driver,
exactly; above, in Spark (pagerank.py), ending when a round moves less than 0.0001 in all. Betweenness and community are
computed on the driver only: of all people when they fit, else on the core of the network, the MAX_NODES people of
highest weighted degree (then smallest person_id) and the MAX_EDGES pairs among them with most films together; they are
null for everybody else. Nothing else is collected. Components are found decade by decade, each in one Arrow task of
eight bytes a billing.

Nulls and edge cases: films without a year count for nodes and edges and for no decade; first_year and last_year are
null when no film of the pair has one. A person without partners has degree 0, betweenness 0 and no community.
Communities are numbered by size; of equal ones the one with the smallest person_id comes first. A decade's graph
has the films of that decade alone; density is null below 2 people; a person is new in the decade of the first dated
film. Without credits there are no rows. Floats are rounded to 12 digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from spark_jobs.schemas.fields import DOUBLE, INT, LONG, STRING, column
from spark_jobs.schemas.silver import decade
from spark_jobs.views.measures import columns
from spark_jobs.views.people import casting
from spark_jobs.views.people import pagerank as graph
from spark_jobs.views.people.communities import MAX_EDGES, MAX_NODES, Edges, NodeGraph, largest_component
from spark_jobs.views.people.persons import PERSON_ID
from spark_jobs.views.view import Inputs, View, once

_ID = column("person_id", LONG, PERSON_ID)
_FIGURES = [
    column(
        "betweenness", DOUBLE, "share of shortest paths of others through the person; null outside the core"
    ),
    column("community", INT, "number of the community, 1 the largest; null alone or outside the core"),
]
_PAGERANK = column("pagerank", DOUBLE, "PageRank, damping 0.85, weighted by films together; sums to 1")
NODES = StructType(
    [
        _ID,
        column("name", STRING, "name as TMDB shows it"),
        column("films", LONG, "films with a billing among the first 8"),
        column("degree", LONG, "distinct partners"),
        column("weighted_degree", LONG, "partners, each counted once a film together"),
        _PAGERANK,
        *_FIGURES,
    ]
)
EDGES = StructType(
    [
        column("person_a", LONG, f"{PERSON_ID}; the smaller of the two"),
        column("person_b", LONG, f"{PERSON_ID}; the larger of the two"),
        column("films", LONG, "films together"),
        column("first_year", INT, "year of the first film together; null when no year is known"),
        column("last_year", INT, "year of the last film together; null when no year is known"),
    ]
)
DECADES = StructType(
    [
        column("decade", INT, "1990 for the nineties"),
        column("nodes", LONG, "people with a billing among the first 8 of a film of the decade"),
        column("edges", LONG, "pairs who played together in a film of the decade"),
        column("mean_degree", DOUBLE, "distinct partners a person"),
        column("density", DOUBLE, "pairs by all possible pairs, 0 to 1; null below 2 people"),
        column("largest_component_share", DOUBLE, "share of the people in the largest connected component"),
        column("new_actors", LONG, "people whose first dated film is of the decade"),
    ]
)
_CORE = StructType([_ID, *_FIGURES])
_ALL = StructType([_ID, _PAGERANK, *_FIGURES])
DIGITS = 12


class Limits(NamedTuple):
    """The largest network that is computed on the driver."""

    nodes: int = MAX_NODES
    edges: int = MAX_EDGES


DRIVER = Limits()


class Network(NamedTuple):
    """What the three tables are made of."""

    cast: DataFrame
    edges: DataFrame
    players: DataFrame


@once
def network(inputs: Inputs) -> Network:
    """The network of the inputs, made and kept once for the three tables."""
    cast = inputs.keep(casting.casts(inputs))
    return Network(cast, inputs.keep(casting.pairs(cast)), inputs.keep(casting.players(cast)))


def _within(network: Network, limits: Limits) -> NodeGraph | None:
    """The network when it is within the limits, else None; collects at most one row more than they allow."""
    people = network.players.select("person_id").limit(limits.nodes + 1).toArrow()
    if people.num_rows > limits.nodes:
        return None
    together = network.edges.select("person_a", "person_b", "films").limit(limits.edges + 1).toArrow()
    return None if together.num_rows > limits.edges else _graph(people, together)


def _graph(people: pa.Table, together: pa.Table) -> NodeGraph:
    names = ("person_a", "person_b", "films")
    return NodeGraph(people["person_id"].to_pylist(), Edges(*(together[name].to_pylist() for name in names)))


def actor_edges(inputs: Inputs) -> DataFrame:
    """Rows of EDGES."""
    return columns(network(inputs).edges.drop("decade_bits"), EDGES)


def actor_nodes(inputs: Inputs, limits: Limits = DRIVER) -> DataFrame:
    """Rows of NODES. Collects the network when it is within `limits`, else its core."""
    known = network(inputs)
    small = _within(known, limits)
    figures = _of_small(small, known.edges.sparkSession) if small else _of_large(known, inputs.keep, limits)
    degrees = casting.degrees(known.edges)
    counted = known.players.join(degrees, "person_id", "left").join(figures, "person_id", "left")
    whole = counted.withColumn("degree", F.coalesce("degree", F.lit(0).cast("bigint")))
    return columns(whole.select(NODES.fieldNames()), NODES)


def _of_small(found: NodeGraph, session: SparkSession) -> DataFrame:
    """person_id and figures of a network on the driver."""
    figures = (found.pagerank(graph.DAMPING), found.betweenness(), found.communities())
    return _local(session, _ALL, found.nodes, *figures)


def _local(session: SparkSession, schema: StructType, *values: list[Any]) -> DataFrame:
    """A frame of lists, one a column."""
    return session.createDataFrame(pa.table(list(values), schema=to_arrow_schema(schema)), schema)


def _of_large(known: Network, keep: Callable[[DataFrame], DataFrame], limits: Limits) -> DataFrame:
    """person_id and figures, PageRank in Spark and the rest on the core."""
    casts = known.cast.select("film_id", F.col("members.person_id").alias("members"))
    ranks = graph.pagerank(casts, keep)
    rounded = ranks.select(F.col("node").alias("person_id"), F.round("pagerank", DIGITS).alias("pagerank"))
    return rounded.join(F.broadcast(_core(known.players, known.edges, limits)), "person_id", "left")


def _core(players: DataFrame, edges: DataFrame, limits: Limits) -> DataFrame:
    """person_id, betweenness and community of the people of highest weighted degree."""
    session = edges.sparkSession
    top = players.orderBy(F.desc("weighted_degree"), "person_id").limit(limits.nodes)
    people = top.select("person_id").toArrow()
    core = F.broadcast(session.createDataFrame(people))
    inside = edges.select("person_a", "person_b", "films")
    for end in ("person_a", "person_b"):
        inside = inside.join(core.withColumnRenamed("person_id", end), end, "left_semi")
    heaviest = inside.orderBy(F.desc("films"), "person_a", "person_b").limit(limits.edges)
    found = _graph(people, heaviest.toArrow())
    return _local(session, _CORE, found.nodes, found.betweenness(), found.communities())


def actor_network_decades(inputs: Inputs) -> DataFrame:
    """Rows of DECADES."""
    cast, edges, players = network(inputs)
    counts = _count(players, "nodes").union(_count(edges, "edges"))
    first = F.array(decade("first_year"))
    new = players.where("first_year IS NOT NULL").select(F.lit("new_actors"), first, F.lit(1))
    parts = counts.union(new).select("part", F.explode("decades").alias("decade"), "n").union(_largest(cast))
    names = ("nodes", "edges", "new_actors", "largest")
    sums = [
        F.coalesce(F.sum(F.when(F.col("part") == name, F.col("n"))), F.lit(0)).alias(name) for name in names
    ]
    known = parts.groupBy("decade").agg(*sums).where("nodes > 0")
    nodes, ends = F.col("nodes"), F.col("edges") * 2.0
    shares = {
        "mean_degree": F.round(ends / nodes, DIGITS),
        "density": F.when(nodes > 1, F.round(ends / nodes / F.nullif(nodes - 1, F.lit(0)), DIGITS)),
        "largest_component_share": F.round(F.col("largest") / nodes, DIGITS),
    }
    return columns(known.withColumns(shares).select(DECADES.fieldNames()), DECADES)


def _count(rows: DataFrame, part: str) -> DataFrame:
    """part, decades and n: a row for each row, to be counted in its decades."""
    return rows.select(
        F.lit(part).alias("part"), casting.decades(F.col("decade_bits")).alias("decades"), F.lit(1).alias("n")
    )


def _largest(cast: DataFrame) -> DataFrame:
    """part, decade and n: the size of the decade's largest component. The casts of a decade go to one Arrow task."""
    dated = cast.where("decade_bit IS NOT NULL").select(
        "decade_bit", F.col("members.person_id").alias("members")
    )

    def size(key: tuple[pa.Scalar, ...], films: pa.Table) -> pa.Table:
        found = largest_component(films["members"].combine_chunks())
        return pa.table({"decade_bit": [key[0].as_py()], "n": [found]})

    sizes = dated.groupBy("decade_bit").applyInArrow(size, "decade_bit bigint, n bigint")
    decade = F.explode(casting.decades(F.col("decade_bit"))).alias("decade")
    return sizes.select(F.lit("largest").alias("part"), decade, "n")


VIEWS = (
    View(
        "actor_nodes",
        "a person billed in a film",
        NODES,
        actor_nodes,
        ("person_id",),
        (("name",), ("community", "-pagerank"), ("-pagerank",)),
    ),
    View(
        "actor_edges",
        "two people billed in a film together",
        EDGES,
        actor_edges,
        ("person_a", "person_b"),
        (("person_a", "-films"), ("person_b", "-films")),
    ),
    View(
        "actor_network_decades",
        "a decade with dated films and their casts",
        DECADES,
        actor_network_decades,
        ("decade",),
    ),
)
