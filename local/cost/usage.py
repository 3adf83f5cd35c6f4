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
from shared.figures.cost import KB_A_GB, SECONDS_AN_HOUR

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
    """All of a month's use; what is not used at all is left out."""
    time = run_time(load, given)
    uses = [
        *_functions(load, given, time),
        *_messages(load, given, time),
        *_lake(load, given, time),
        *_databricks(load, given, time),
        *_monitoring(load, given, time),
        *_network(load, given),
        *_mongo(load),
    ]
    return [use for use in uses if use.quantity]


def calls(load: Load, given: Assumptions, time: RunTime) -> float:
    """Executions of functions: two timers a minute, the dashboard, and two a task: its own, and at most one of the
    fan-in, which takes events in batches."""
    fixed = 2 * MINUTES_A_MONTH + given.dashboard_hours * DASHBOARD_CALLS_AN_HOUR
    return fixed + load.runs_a_month * 2 * tasks(load, time)


def busy_s(load: Load, given: Assumptions, time: RunTime) -> float:
    """Seconds in which an instance executes: each queue function has instances of its own, as have the timers.

    The fan-in is counted as busy all the while, because every one of its short calls counts as a second.
    """
    timers = MINUTES_A_MONTH * (given.watch_s + given.drain_s)
    people = given.dashboard_hours * DASHBOARD_CALLS_AN_HOUR
    return timers + people + load.runs_a_month * (time.tmdb_s + time.discogs_s + time.ingest_s)


def _functions(load: Load, given: Assumptions, time: RunTime) -> Iterator[Use]:
    yield Use("Functions", "functions_time", busy_s(load, given, time) * given.instance_gb)
    yield Use("Functions", "functions_executions", calls(load, given, time))


def _messages(load: Load, given: Assumptions, time: RunTime) -> Iterator[Use]:
    """A task is a message to its source's queue and one to the fan-in."""
    messages = load.runs_a_month * 2 * tasks(load, time)
    operations = messages * given.operations_per_message + MINUTES_A_MONTH * given.idle_operations_a_minute
    yield Use("Service Bus", "servicebus_base", HOURS_A_MONTH)
    yield Use("Service Bus", "servicebus_operations", operations)
    # The topic takes in an event for every blob of the lake and hands on one a stage.
    yield Use("Event Grid", "eventgrid_operations", load.runs_a_month * _writes(load, given, time))


def _lake(load: Load, given: Assumptions, time: RunTime) -> Iterator[Use]:
    """Storage in the steady state, when the oldest raw answers reach the time that their source's are kept.

    A full run writes every row anew; what it replaces stays for TABLE_RETENTION_DAYS, then in soft delete.
    """
    stage, config = STAGES[load.stage], Settings.model_construct()
    a_day = {source: gb * load.runs_per_day for source, gb in raw_gb_of(load, given).items()}
    hot = sum(gb * given.raw_hot_days for gb in a_day.values())
    cool_days = {source: max(0, days - given.raw_hot_days) for source, days in config.retention_days.items()}
    copies = 1 + load.runs_per_day * (config.table_retention_days + stage.soft_delete_days)
    tables = copies * load.records * given.table_kb_per_record / KB_A_GB
    reads = load.runs_a_month * _writes(load, given, time) + MINUTES_A_MONTH * given.idle_reads_a_minute
    writes = load.runs_a_month * _writes(load, given, time) + MINUTES_A_MONTH * given.idle_writes_a_minute
    yield Use("Storage", f"storage_hot_{stage.redundancy}", hot + tables)
    cool = sum(gb * cool_days[source] for source, gb in a_day.items())
    yield Use("Storage", f"storage_cool_{stage.redundancy}", cool)
    yield Use("Storage", "storage_writes", writes)
    yield Use("Storage", "storage_reads", reads)
    yield Use("Storage", "storage_cooling", load.runs_a_month * tasks(load, time))


def _databricks(load: Load, given: Assumptions, time: RunTime) -> Iterator[Use]:
    hours = load.runs_a_month * (time.silver_s + time.gold_s) / SECONDS_AN_HOUR
    if load.is_classic:
        yield from _clusters(load, hours + load.runs_a_month * 2 * time.start_s / SECONDS_AN_HOUR)
    else:
        yield Use("Databricks", "databricks_serverless_dbu", hours * given.serverless_dbu_an_hour)


def _clusters(load: Load, hours: float) -> Iterator[Use]:
    """Two job clusters a run, each a driver on demand and spot workers, from the start of its machines on."""
    stage = STAGES[load.stage]
    machines = hours * (1 + stage.workers)
    yield Use("Databricks", "databricks_dbu", machines * stage.dbu_a_machine)
    yield Use("Databricks", f"vm_{stage.machine}", hours)
    yield Use("Databricks", f"vm_{stage.machine}_spot", hours * stage.workers)
    yield Use("Databricks", "vm_disk", machines)
    yield Use("Databricks", "public_address", 0 if load.has_nat_gateway else machines)


def _monitoring(load: Load, given: Assumptions, time: RunTime) -> Iterator[Use]:
    kb = calls(load, given, time) * given.telemetry_kb_per_call
    kb += load.runs_a_month * given.telemetry_kb_per_run
    yield Use("Monitoring", "log_data", kb / KB_A_GB)
    yield Use("Monitoring", "log_rule_5min", given.rules_5min)
    yield Use("Monitoring", "log_rule_15min", given.rules_15min)
    yield Use("Monitoring", "metric_rule", RULE_SERIES)
    yield Use("Key Vault", "vault_operations", load.runs_a_month * given.vault_calls_per_run)


def _network(load: Load, given: Assumptions) -> Iterator[Use]:
    """The NAT gateway of clusters without public addresses; private endpoints if the stage has them."""
    if load.has_nat_gateway:
        yield Use("Network", "nat_gateway", HOURS_A_MONTH)
        yield Use("Network", "public_address", HOURS_A_MONTH)
        yield Use("Network", "nat_data", load.runs_a_month * _moved_gb(load, given))
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


def _writes(load: Load, given: Assumptions, time: RunTime) -> float:
    """Calls to the lake that write, a run; about as many read."""
    return tasks(load, time) * given.lake_calls_per_task + given.spark_calls_per_run
