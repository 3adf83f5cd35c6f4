"""What one run costs at the prices and assumptions of `docs/cost.md`: what it uses itself, without what runs all month.

Left out: base charges, alert rules, the timers, storage of what it leaves, and what services give away free. The jobs
count as serverless compute for as long as they ran. `local.cost` takes a month's runs from here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ASSUMPTIONS = Path(__file__).parent / "assumptions.json"
PRICES = Path(__file__).parent / "prices.json"
SECONDS_AN_HOUR = 3600
KB_A_GB = 1_000_000
SERVERLESS = ("Databricks", "databricks_serverless_dbu")


@dataclass(frozen=True, kw_only=True)
class RunUse:
    """What a run did.

    Attributes:
        tasks: tasks of both sources.
        busy_s: seconds in which its functions executed: those of each source, and the fan-in's beside them.
        jobs_s: seconds that both Spark jobs ran, by their own clocks.
    """

    tasks: int
    busy_s: float
    jobs_s: float


def quantities(use: RunUse) -> dict[tuple[str, str], float]:
    """How much it takes of each service, by service and name of the price."""
    given = _assumed()
    calls = 2 * use.tasks
    lake_calls = use.tasks * given["lake_calls_per_task"] + given["spark_calls_per_run"]
    telemetry_kb = calls * given["telemetry_kb_per_call"] + given["telemetry_kb_per_run"]
    dbu_hours = use.jobs_s / SECONDS_AN_HOUR * given["serverless_dbu_an_hour"]
    return {
        ("Functions", "functions_time"): use.busy_s * given["instance_gb"],
        ("Functions", "functions_executions"): calls,
        ("Service Bus", "servicebus_operations"): calls * given["operations_per_message"],
        ("Event Grid", "eventgrid_operations"): lake_calls,
        ("Storage", "storage_writes"): lake_calls,
        ("Storage", "storage_reads"): lake_calls,
        ("Storage", "storage_cooling"): use.tasks,
        SERVERLESS: dbu_hours,
        ("Monitoring", "log_data"): telemetry_kb / KB_A_GB,
        ("Key Vault", "vault_operations"): given["vault_calls_per_run"],
    }


def cost_usd(use: RunUse) -> dict[str, float]:
    """US dollars of a run by service."""
    prices = _prices()
    found: dict[str, float] = {}
    for (service, name), quantity in quantities(use).items():
        amount = quantity / prices[name]["per"] * prices[name]["price"]
        found[service] = found.get(service, 0.0) + amount
    return {service: round(amount, 4) for service, amount in found.items()}


@cache
def _assumed() -> Mapping[str, float]:
    entries: dict[str, dict[str, Any]] = json.loads(ASSUMPTIONS.read_text(encoding="utf-8"))
    return {name: entry["value"] for name, entry in entries.items()}


@cache
def _prices() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(PRICES.read_text(encoding="utf-8"))["prices"]
    return found
