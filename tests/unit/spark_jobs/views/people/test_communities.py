"""Figures of small graphs, against hand counts and igraph's own exact ones."""

from __future__ import annotations

from itertools import combinations

import igraph
import pyarrow as pa
import pytest

from spark_jobs.views.people.communities import Edges, NodeGraph, largest_component


def graph(nodes: list[int], *edges: tuple[int, int, int]) -> NodeGraph:
    """A graph of nodes and weighted edges."""
    left, right, weights = (list(part) for part in zip(*edges, strict=True)) if edges else ([], [], [])
    return NodeGraph(nodes, Edges(left, right, weights))


def test_a_star_leads_every_path_through_its_middle() -> None:
    """Nobody else lies between two others, the middle between all; order of the input does not matter."""
    star = graph([9, 4, 1, 2], (1, 9, 1), (1, 4, 1), (1, 2, 3))
    assert star.nodes == [1, 2, 4, 9]
    assert star.betweenness() == [1.0, 0.0, 0.0, 0.0]
    again = graph([1, 2, 4, 9], (1, 2, 3), (1, 9, 1), (1, 4, 1))
    assert star.pagerank(0.85) == again.pagerank(0.85)
    assert sum(star.pagerank(0.85)) == pytest.approx(1)


def test_nothing_and_nobody_have_figures_too() -> None:
    """An empty graph gives empty lists; a person alone has no community and lies between nobody."""
    empty, alone = graph([]), graph([7])
    assert (empty.pagerank(0.85), empty.betweenness(), empty.communities()) == ([], [], [])
    assert (alone.pagerank(0.85), alone.betweenness(), alone.communities()) == ([1.0], [0.0], [None])


def test_communities_are_numbered_by_size_then_smallest_node() -> None:
    """Cliques joined by single edges are the communities; the same call again gives the same numbers."""
    cliques = [range(10, 14), range(20, 26), range(1, 5)]
    edges = [(a, b, 2) for clique in cliques for a, b in combinations(clique, 2)]
    nodes = [node for clique in cliques for node in clique] + [99]
    found = graph(nodes, *edges, (10, 20, 1), (4, 13, 1))
    numbers = dict(zip(found.nodes, found.communities(), strict=True))
    assert {numbers[n] for n in cliques[1]} == {1}
    assert {numbers[n] for n in cliques[2]} == {2}
    assert {numbers[n] for n in cliques[0]} == {3}
    assert numbers[99] is None
    assert found.communities() == found.communities()


def test_sampled_betweenness_comes_near_the_exact_one() -> None:
    """With every node as a pivot it is exact; with half of them the leading nodes stay in the lead."""
    known = igraph.Graph.Famous("Zachary")
    club = graph(list(range(34)), *((a, b, 1) for a, b in known.get_edgelist()))
    exact = [value / (33 * 32 / 2) for value in known.betweenness()]
    assert club.betweenness() == pytest.approx(exact)
    assert club.betweenness(exact_up_to=0, pivots=34) == pytest.approx(exact)
    halved = club.betweenness(exact_up_to=0, pivots=17)
    assert max(range(34), key=halved.__getitem__) == 0
    assert halved == pytest.approx(exact, abs=0.15)


@pytest.mark.parametrize(
    ("casts", "largest"),
    [([], 0), ([[7]], 1), ([[1, 2], [3], [2, 4], [8, 9]], 3), ([[n, n + 1] for n in range(1000)], 1001)],
)
def test_the_largest_component_is_counted_in_people(casts: list[list[int]], largest: int) -> None:
    """Casts that share a member are one component, along chains of any length."""
    assert largest_component(pa.array(casts, pa.list_(pa.int64()))) == largest
