"""All views, in the order the written docs list them."""

from __future__ import annotations

from spark_jobs.views import (
    actor_network,
    correlations,
    distributions,
    diversity_effect,
    franchises,
    genre_pairs,
    genre_trends,
    kpis,
    movie_performance,
    rankings,
    soundtrack_diversity,
    temporal_analysis,
    trending,
)
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
    *correlations.VIEWS,
    *distributions.VIEWS,
    *soundtrack_diversity.VIEWS,
    *diversity_effect.VIEWS,
)
