"""What the unit tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# `make check`, for the minute between two edits: a few examples of each property; `make test` tries more.
settings.register_profile(
    "check", deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow]
)
