"""All views, in the order the written docs list them."""

from __future__ import annotations

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.tables import MATCHING, SILVER
from spark_jobs.views import kpis
from spark_jobs.views.films import by_time as temporal_analysis
from spark_jobs.views.films import franchises, genre_pairs, genre_trends, history, trending
from spark_jobs.views.films import performance as movie_performance
from spark_jobs.views.music import diversity as soundtrack_diversity
from spark_jobs.views.music import diversity_effect
from spark_jobs.views.people import actor_network, cast_sizes, rankings
from spark_jobs.views.statistics import correlations, distributions
from spark_jobs.views.view import View

VIEWS: tuple[View, ...] = (
    *kpis.VIEWS,
    *movie_performance.VIEWS,
    *genre_trends.VIEWS,
    *genre_pairs.VIEWS,
    *temporal_analysis.VIEWS,
    *trending.VIEWS,
    *rankings.VIEWS,
    *franchises.VIEWS,
    *actor_network.VIEWS,
    *cast_sizes.VIEWS,
    *correlations.VIEWS,
    *distributions.VIEWS,
    *soundtrack_diversity.VIEWS,
    *diversity_effect.VIEWS,
)
GOLD: tuple[TableDefinition, ...] = (*MATCHING, history.TABLE, *(view.table for view in VIEWS))
"""Every table of gold."""
TABLES_OF: dict[str, tuple[TableDefinition, ...]] = {"silver": SILVER, "gold": GOLD}
"""Every table, by the stage that writes it."""
