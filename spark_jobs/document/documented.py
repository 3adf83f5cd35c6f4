"""The tables that are written of."""

from __future__ import annotations

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.tables import SILVER
from spark_jobs.views.catalogue import GOLD

DOCUMENTED: tuple[TableDefinition, ...] = (*SILVER, *GOLD)
"""Every table that people may read."""
