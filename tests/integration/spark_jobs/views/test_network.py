"""The network of players, against igraph and counts by hand, and the Spark way against the driver's."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations
from typing import Any

import igraph
import numpy as np
import pytest
from pyspark.sql import SparkSession

from spark_jobs.views.people import actor_network
from spark_jobs.views.people import pagerank as graph
from spark_jobs.views.people.actor_network import Limits
from spark_jobs.views.view import Inputs
from tests.integration.spark_jobs.builders.view_inputs import kept, rows_of, view_inputs


def role(
    film_id: int, person_id: int | None, order: int | None = 0, position: int = 1, **more: Any
) -> dict[str, Any]:
    """A credit of the cast."""
    found = {"film_id": film_id, "person_id": person_id, "billing_order": order, "position": position}
    return found | {"name": f"Player {person_id}"} | more


@pytest.fixture(scope="module")
def few(spark: SparkSession) -> Inputs:
    """Five films: two share players, one has no date, one a player alone, one more players than count."""
    years = {1: 2001, 2: 2005, 3: None, 4: 1995, 5: 2003}
    movies = [{"film_id": n, "release_date": year and date(year, 1, 1)} for n, year in years.items()]
    cast = [
        *(role(1, person) for person in (1, 2, 3)),
        role(1, 1, 7, character="a second part"),
        *(role(2, person) for person in (1, 2)),
        role(2, None, name="Somebody"),
        *(role(3, person) for person in (3, 4)),
        role(4, 5),
        *(role(5, 10 + n, None if n == 0 else n, position=n + 1) for n in range(10)),
        role(1, None, name=None),
        role(99, 1),
        role(99, 77),
    ]
    return view_inputs(spark, movies=movies, cast_credits=cast)


@pytest.fixture(scope="module")
def many(spark: SparkSession) -> tuple[Inputs, list[list[int]]]:
    """90 films of one to six of 80 players over four decades, and their casts as lists."""
    rng = np.random.default_rng(5)
    years = [1975, 1984, 1999, 2001, None]
    films = {
        n: (years[rng.integers(5)], rng.choice(80, rng.integers(1, 7), replace=False).tolist())
        for n in range(90)
    }
    movies = [{"film_id": n, "release_date": year and date(year, 1, 1)} for n, (year, _) in films.items()]
    cast = [
        role(n, person + 1, place) for n, (_, people) in films.items() for place, person in enumerate(people)
    ]
    return view_inputs(spark, movies=movies, cast_credits=cast), [
        [p + 1 for p in people] for _, people in films.values()
    ]


@pytest.fixture(scope="module")
def small(many: tuple[Inputs, list[list[int]]]) -> dict[int, dict[str, Any]]:
    """The people of `many` as the driver works them out, by id."""
    return rows_of(actor_network.actor_nodes(many[0]), "person_id")


def test_edges_are_films_together(few: Inputs) -> None:
    """Pairs of the first eight billed, once a film; years are null when no film together has one."""
    rows = rows_of(actor_network.actor_edges(few), "person_a", "person_b")
    known = {key: tuple(row.values())[2:] for key, row in rows.items() if 0 < min(key) < 10}
    assert known == {
        (1, 2): (2, 2001, 2005), (1, 3): (1, 2001, 2001), (2, 3): (1, 2001, 2001), (3, 4): (1, None, None),
    }  # fmt: skip
    nameless = [key for key in rows if key[0] < 0]
    assert sorted(b for _, b in nameless) == [1, 2]
    billed = {person for key in rows for person in key if person >= 10}
    assert billed == set(range(11, 19))


def test_nodes_count_films_and_partners(few: Inputs) -> None:
    """A person alone has degree 0, no betweenness and no community; unnamed credits and unknown films are left out."""
    rows = rows_of(actor_network.actor_nodes(few), "person_id")
    assert {(n, r["films"], r["degree"], r["weighted_degree"]) for n, r in rows.items() if 0 < n < 10} == {
        (1, 2, 3, 4), (2, 2, 3, 4), (3, 2, 3, 3), (4, 1, 1, 1), (5, 1, 0, 0),
    }  # fmt: skip
    assert (rows[5]["betweenness"], rows[5]["community"]) == (0.0, None)
    assert {row["community"] for n, row in rows.items() if n > 10} == {1}
    (somebody,) = (row for n, row in rows.items() if n < 0)
    assert (somebody["name"], somebody["degree"]) == ("Somebody", 2)
    assert 77 not in rows


def test_decades_have_graphs_of_their_own(few: Inputs) -> None:
    """Counts, density and the largest component of a decade's films; undated films are in none."""
    rows = rows_of(actor_network.actor_network_decades(few), "decade")
    assert tuple(rows[1990].values()) == (1990, 1, 0, 0.0, None, 1.0, 1)
    edges, nodes = 3 + 2 + 28, 4 + 8
    assert (rows[2000]["nodes"], rows[2000]["edges"], rows[2000]["new_actors"]) == (nodes, edges, nodes)
    assert rows[2000]["mean_degree"] == pytest.approx(2 * edges / nodes)
    assert rows[2000]["density"] == pytest.approx(2 * edges / nodes / (nodes - 1))
    assert rows[2000]["largest_component_share"] == pytest.approx(8 / 12)
    assert set(rows) == {1990, 2000}


def test_figures_equal_igraphs(
    many: tuple[Inputs, list[list[int]]], small: dict[int, dict[str, Any]]
) -> None:
    """PageRank by films together, betweenness in hops; the communities are as modular as Leiden's."""
    _, films = many
    pairs = Counter(pair for people in films for pair in combinations(sorted(people), 2))
    people = sorted({person for cast in films for person in cast})
    known = igraph.Graph(len(people), [(people.index(a), people.index(b)) for a, b in pairs])
    known.es["weight"] = list(pairs.values())
    found = [small[person] for person in people]
    assert [row["degree"] for row in found] == known.degree()
    assert [row["weighted_degree"] for row in found] == known.strength(weights="weight")
    assert [row["pagerank"] for row in found] == pytest.approx(known.pagerank(weights="weight"), abs=1e-10)
    all_pairs = (len(people) - 1) * (len(people) - 2) / 2
    assert [row["betweenness"] * all_pairs for row in found] == pytest.approx(known.betweenness(), abs=1e-6)
    membership = [row["community"] or 1000 + n for n, row in enumerate(found)]
    assert known.modularity(membership, weights="weight") > 0.3
    sizes = Counter(row["community"] for row in found if row["community"])
    assert [sizes[n] for n in range(1, len(sizes) + 1)] == sorted(sizes.values(), reverse=True)


def test_a_network_too_large_for_the_driver_has_the_same_figures(
    many: tuple[Inputs, list[list[int]]], small: dict[int, dict[str, Any]]
) -> None:
    """PageRank agrees within its tolerance; beyond the core the rest is null."""
    inputs, _ = many
    large = rows_of(actor_network.actor_nodes(inputs, Limits(10, 30)), "person_id")
    assert large.keys() == small.keys()
    assert sum(row["pagerank"] for row in large.values()) == pytest.approx(1, abs=1e-6)
    for person, row in large.items():
        assert row["pagerank"] == pytest.approx(small[person]["pagerank"], abs=1e-4)
    core = {person for person, row in large.items() if row["betweenness"] is not None}
    assert core == set(sorted(small, key=lambda person: (-small[person]["weighted_degree"], person))[:10])


def test_all_have_their_schema_also_without_credits(spark: SparkSession, few: Inputs) -> None:
    """Names and types are the view's, both ways; without credits there are no rows."""
    empty = view_inputs(spark, movies=[{"film_id": 1}])
    for view in actor_network.VIEWS:
        assert view.build(few).schema.simpleString() == view.schema.simpleString()
        assert view.build(empty).collect() == []
    assert (
        graph.pagerank(spark.createDataFrame([], "film_id bigint, members array<bigint>"), kept).collect()
        == []
    )
