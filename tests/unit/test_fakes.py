"""The fakes have the same surface as what they stand for."""

from __future__ import annotations

import inspect

import pytest

from shared.adapters.blobs import BlobLake
from shared.adapters.bus import ServiceBus
from shared.adapters.databricks import DatabricksWorkspace
from tests.fakes import FakeBus, FakeDatabricks, FakeLake


def surface(kind: type) -> dict[str, list[str]]:
    """Public methods and the names of their parameters."""
    methods = inspect.getmembers(kind, inspect.isfunction)
    return {name: list(inspect.signature(m).parameters) for name, m in methods if not name.startswith("_")}


@pytest.mark.parametrize(
    ("real", "fake"), [(BlobLake, FakeLake), (ServiceBus, FakeBus), (DatabricksWorkspace, FakeDatabricks)]
)
def test_fakes_have_the_methods_of_the_real_ones(real: type, fake: type) -> None:
    """Each public method is there with the same parameters; the fake may have more for tests."""
    assert surface(real).items() <= surface(fake).items()
