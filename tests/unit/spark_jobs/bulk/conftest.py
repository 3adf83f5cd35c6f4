"""Retries come at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from spark_jobs.bulk.download import TRIES


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=TRIES, cap=True):
        yield
