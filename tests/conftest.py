"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries in place without waiting; their number stays as it is set."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
