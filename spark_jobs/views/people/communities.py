"""Figures of graphs that fit in memory: PageRank, betweenness, communities (igraph), components (SciPy)."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import igraph
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

MAX_NODES = 20_000
MAX_EDGES = 200_000
EXACT_BETWEENNESS_NODES = 1_000
PIVOTS = 300
SEED = 7
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of nodes and their weights, in lists of one length."""

    left: list[int]
    right: list[int]
    weights: list[int]


class NodeGraph:
    """An undirected graph of numbered nodes; every figure is a list in the order of `nodes`.

    Nodes and edges are put in order first, so that the figures depend on the graph alone.
    """

    def __init__(self, nodes: list[int], edges: Edges) -> None:
        self.nodes = sorted(nodes)
        place = {node: n for n, node in enumerate(self.nodes)}
        ordered = sorted(zip(edges.left, edges.right, edges.weights, strict=True))
        self._graph = igraph.Graph(len(self.nodes), [(place[a], place[b]) for a, b, _ in ordered])
        self._weights = [weight for _, _, weight in ordered]

    def pagerank(self, damping: float) -> list[float]:
        """Weighted PageRank, sums to 1."""
        if not self.nodes:
            return []
        ranks = self._graph.pagerank(directed=False, damping=damping, weights=self._weights)
        return [round(rank, _DIGITS) for rank in ranks]

    def betweenness(self, exact_up_to: int = EXACT_BETWEENNESS_NODES, pivots: int = PIVOTS) -> list[float]:
        """Share of the pairs of other nodes whose shortest paths (in hops) lead through the node, 0 to 1.

        Exact up to `exact_up_to` nodes; above, estimated from `pivots` random sources (Brandes and Pich 2007).
        """
        count = len(self.nodes)
        if count < 3:
            return [0.0] * count
        pairs = (count - 1) * (count - 2) / 2
        if count <= exact_up_to:
            return [round(value / pairs, _DIGITS) for value in self._graph.betweenness(directed=False)]
        sources = np.random.default_rng(SEED).choice(count, min(pivots, count), replace=False).tolist()
        values = self._graph.betweenness(directed=False, sources=sources)
        scale = count / len(sources) / pairs
        return [round(min(value * scale, 1.0), _DIGITS) for value in values]

    def communities(self) -> list[int | None]:
        """Number of each node's community, from 1 for the largest; equal sizes by their smallest node.

        Leiden (Traag, Waltman and van Eck 2019) for modularity, weighted, seeded. Null for a node alone.
        """
        igraph.set_random_number_generator(random.Random(SEED))  # noqa: S311 -- seeds, not secrets
        try:
            found = self._graph.community_leiden(objective_function="modularity", weights=self._weights)
        finally:
            igraph.set_random_number_generator(random)
        return _numbered(found.membership)


def largest_component(casts: pa.ListArray) -> int:
    """Members of the largest connected component of casts, each a list of numbers; 0 without members."""
    persons, member = np.unique(casts.flatten().to_numpy(), return_inverse=True)
    if not len(persons):
        return 0
    cast = pc.list_parent_indices(casts).to_numpy() + len(persons)
    size = len(persons) + len(casts)
    links = coo_array((np.ones(len(member), np.int8), (member, cast)), shape=(size, size))
    _, component = connected_components(links, directed=False)
    return int(np.bincount(component[: len(persons)]).max())


def _numbered(membership: list[int]) -> list[int | None]:
    """Communities numbered from 1 by size, then first member; communities of one are null."""
    sizes, first = Counter(membership), dict[int, int]()
    for place, community in enumerate(membership):
        first.setdefault(community, place)
    shared = [community for community, size in sizes.items() if size > 1]
    ordered = sorted(shared, key=lambda community: (-sizes[community], first[community]))
    number = {community: n for n, community in enumerate(ordered, 1)}
    return [number.get(community) for community in membership]
