"""Reviews and known links as labels."""

from __future__ import annotations

from spark_jobs.gold.reviews.labels import settled


def test_reviews_go_before_known_links() -> None:
    """A film that people rejected is no link, whatever a CSV says; a record with a link has no further label."""
    labels = [(10, 1, True), (11, 2, False), (12, 3, False), (10, 5, True), (11, 2, True), (12, 4, True)]
    assert settled(labels) == ({10: 1, 12: 4}, {11: frozenset({2})})
