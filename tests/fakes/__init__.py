"""Small in-memory stand-ins of the same Protocols as the adapters they replace; nothing is patched."""

from __future__ import annotations

from tests.fakes.app import CrossfadeApp
from tests.fakes.bus import BusDown, FakeBus, Queued
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FakeClock
from tests.fakes.databricks import FakeDatabricks
from tests.fakes.lake import FakeLake, LakeDown

__all__ = [
    "BusDown",
    "CrossfadeApp",
    "FakeBus",
    "FakeCatalog",
    "FakeClock",
    "FakeDatabricks",
    "FakeLake",
    "LakeDown",
    "Queued",
]
