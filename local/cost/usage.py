"""What a month uses of each service, in the units of its price. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from local.cost.workload import (
    HOURS_A_MONTH,
    MINUTES_A_MONTH,
    STAGES,
    Assumptions,
    Load,
    RunTime,
    raw_gb,
    raw_gb_of,
    run_time,
    tasks,
)
from shared.config import Settings
from shared.figures.cost import KB_A_GB, SECONDS_AN_HOUR, SERVERLESS, RunUse, quantities

DASHBOARD_CALLS_AN_HOUR = 720
RULE_SERIES = 1
MONGO_DISK_GB = 32


@dataclass(frozen=True)
class Use:
    """So much of what a price is for, in a month."""

    service: str
    price: str
    quantity: float


def usage(load: Load, given: Assumptions) -> list[Use]:
    """All of a month's use: what is there without a run, and so many runs; what is not used at all is left out."""
    time = run_time(load, given)
    found = {(use.service, use.price): use.quantity for use in _without_runs(load, given)}
    for key, quantity in _of_a_run(load, given, time).items():
        found[key] = found.get(key, 0.0) + load.runs_a_month * quantity
    return [Use(*key, quantity) for key, quantity in found.items() if quantity]


def _of_a_run(load: Load, given: Assumptions, time: RunTime) -> dict[tuple[str, str], float]:
    """What one run takes, by service and price; on clusters their machines in place of serverless compute."""
    busy_s = time.tmdb_s + time.discogs_s + time.ingest_s
    jobs_s = time.silver_s + time.gold_s
    found = quantities(RunUse(tasks=tasks(load, time), busy_s=busy_s, jobs_s=jobs_s))
    if load.is_classic:
        del found[SERVERLESS]
        hours = (jobs_s + 2 * time.start_s) / SECONDS_AN_HOUR
        found |= {("Databricks", price): quantity for price, quantity in _clusters(load, hours)}
    if load.has_nat_gateway:
        found["Network", "nat_data"] = _moved_gb(load, given)
    return found


def _without_runs(load: Load, given: Assumptions) -> Iterator[Use]:
    """What a month takes of itself, and what the runs leave in the lake."""
    yield from _functions(given)
    yield Use("Service Bus", "servicebus_base", HOURS_A_MONTH)
    yield Use("Service Bus", "servicebus_operations", MINUTES_A_MONTH * given.idle_operations_a_minute)
    yield from _lake(load, given)
    yield from _monitoring(given)
    yield from _network(load, given)
    yield from _mongo(load)


def idle_calls(given: Assumptions) -> float:
    """Executions of functions without a run: two timers a minute, and the dashboard."""
    return 2 * MINUTES_A_MONTH + given.dashboard_hours * DASHBOARD_CALLS_AN_HOUR


def _functions(given: Assumptions) -> Iterator[Use]:
    people_s = given.dashboard_hours * DASHBOARD_CALLS_AN_HOUR
    idle_s = MINUTES_A_MONTH * (given.watch_s + given.drain_s) + people_s
    yield Use("Functions", "functions_time", idle_s * given.instance_gb)
    yield Use("Functions", "functions_executions", idle_calls(given))


def _lake(load: Load, given: Assumptions) -> Iterator[Use]:
    """Storage in the steady state, when the oldest raw answers reach the time that their source's are kept.

    A full run writes every row anew; what it replaces stays for TABLE_RETENTION_DAYS, then in soft delete.
    """
    stage, config = STAGES[load.stage], Settings.model_construct()
    a_day = {source: gb * load.runs_per_day for source, gb in raw_gb_of(load, given).items()}
    hot = sum(gb * given.raw_hot_days for gb in a_day.values())
    cool_days = {source: max(0, days - given.raw_hot_days) for source, days in config.retention_days.items()}
    copies = 1 + load.runs_per_day * (config.table_retention_days + stage.soft_delete_days)
    tables = copies * load.records * given.table_kb_per_record / KB_A_GB
    yield Use("Storage", f"storage_hot_{stage.redundancy}", hot + tables)
    cool = sum(gb * cool_days[source] for source, gb in a_day.items())
    yield Use("Storage", f"storage_cool_{stage.redundancy}", cool)
    yield Use("Storage", "storage_writes", MINUTES_A_MONTH * given.idle_writes_a_minute)
    yield Use("Storage", "storage_reads", MINUTES_A_MONTH * given.idle_reads_a_minute)


def _clusters(load: Load, hours: float) -> Iterator[tuple[str, float]]:
    """Two job clusters, each a driver on demand and spot workers, from the start of its machines on."""
    stage = STAGES[load.stage]
    machines = hours * (1 + stage.workers)
    yield "databricks_dbu", machines * stage.dbu_a_machine
    yield f"vm_{stage.machine}", hours
    yield f"vm_{stage.machine}_spot", hours * stage.workers
    yield "vm_disk", machines
    yield "public_address", 0 if load.has_nat_gateway else machines


def _monitoring(given: Assumptions) -> Iterator[Use]:
    yield Use("Monitoring", "log_data", idle_calls(given) * given.telemetry_kb_per_call / KB_A_GB)
    yield Use("Monitoring", "log_rule_5min", given.rules_5min)
    yield Use("Monitoring", "log_rule_15min", given.rules_15min)
    yield Use("Monitoring", "metric_rule", RULE_SERIES)


def _network(load: Load, given: Assumptions) -> Iterator[Use]:
    """The NAT gateway of clusters without public addresses; private endpoints if the stage has them."""
    if load.has_nat_gateway:
        yield Use("Network", "nat_gateway", HOURS_A_MONTH)
        yield Use("Network", "public_address", HOURS_A_MONTH)
    if load.is_private:
        yield Use("Network", "private_endpoint", HOURS_A_MONTH * given.private_endpoints)


def _mongo(load: Load) -> Iterator[Use]:
    """One node and its disk, whether runs are exported or not: `infrastructure/modules/mongo.bicep`."""
    if load.has_mongo:
        yield Use("MongoDB", "mongo_m25", HOURS_A_MONTH)
        yield Use("MongoDB", "mongo_disk", MONGO_DISK_GB)


def _moved_gb(load: Load, given: Assumptions) -> float:
    """What the jobs read and write a run: raw once, the tables twice."""
    return raw_gb(load, given) + 2 * load.records * given.table_kb_per_record / KB_A_GB
