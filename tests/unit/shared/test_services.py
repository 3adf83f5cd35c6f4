"""Wiring: each part is made when first asked for, and says which setting it lacks."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from opentelemetry import trace

from shared.adapters import telemetry
from shared.adapters.connections import tls_context
from shared.adapters.telemetry import Telemetry, current_traceparent
from shared.config import load_settings
from shared.errors import InvalidSettings
from shared.ingestion.response_cache import LakeCache, NoCache, RedisCache
from shared.runs.state import SparkStage
from shared.services import Services, services
from tests.fakes import FakeDatabricks

RESOURCES = Path(__file__).parents[3] / "infrastructure" / "resources"
EMULATOR = "Endpoint=sb://127.0.0.1;SharedAccessKeyName=x;SharedAccessKey=x;UseDevelopmentEmulator=true;"
STORAGE = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=eA==;BlobEndpoint=http://127.0.0.1:1/a;"


@pytest.mark.parametrize(
    ("part", "setting"),
    [
        ("lake", "LAKE"),
        ("bus", "SERVICEBUS"),
        ("runs", "LAKE"),
        ("drain", "SERVICEBUS"),
    ],
)
def test_a_missing_connection_is_named(part: str, setting: str) -> None:
    """The parts themselves can be made without it; the first use names what to set."""
    wired = Services(load_settings(lake=None, servicebus=None, databricks_host=None))
    with pytest.raises(InvalidSettings) as caught:
        getattr(wired, part)
        _ = wired.bus
    assert caught.value.field == setting


async def test_a_missing_workspace_is_named_when_a_job_is_started() -> None:
    """Not before: a run whose job cannot be started fails with that reason."""
    wired = Services(load_settings(databricks_host=None))
    with pytest.raises(InvalidSettings, match="DATABRICKS_HOST"):
        await wired.databricks.start(1, "token", {})


PARTS = (
    "lake", "bus", "secrets", "runs", "failed_tasks", "lifecycle", "starter", "fetcher", "fan_in", "stages",
    "watchdog", "drain", "run_reader", "operations", "recovery", "response_cache", "telemetry", "alerter",
    "notifier", "retention",
)  # fmt: skip


def test_certificate_authorities_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients of a process verify servers with one context, whatever number of them there is."""
    made, make = [], ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda **given: made.append(given) or make(**given))
    tls_context.cache_clear()
    wired = Services(load_settings(lake=STORAGE))
    assert wired.lane("tmdb") and wired.lane("discogs") and wired.film_steps and wired.notifier
    assert len(made) == 1


async def test_everything_is_made_from_settings_alone() -> None:
    """With the settings of one machine all parts are there, each once, and nothing is asked over the network."""
    wired = Services(
        load_settings(
            lake=STORAGE,
            servicebus=EMULATOR,
            slack_webhook_url="https://hooks.invalid/x",
            webhook_url="https://hooks.invalid/y",
            webhook_secret="unsafe",  # noqa: S106 -- made up
            public_url="https://app.invalid",
        )
    )
    wired.databricks = FakeDatabricks()  # the real one asks its host at once
    for part in PARTS:
        assert getattr(wired, part) is getattr(wired, part)
    await wired.bus.close()
    await wired.lake.close()


async def test_identity_takes_the_place_of_connection_strings() -> None:
    """With namespace, account URL and vault, the app's identity is used for all of them."""
    wired = Services(
        load_settings(
            lake=None,
            servicebus=None,
            lake_account_url="https://account.blob.core.windows.net",
            servicebus_namespace="crossfade.servicebus.windows.net",
            key_vault_url="https://vault.vault.azure.net",
            azure_client_id="00000000-0000-0000-0000-000000000000",
        )
    )
    assert wired.lake and wired.bus and wired.secrets
    await wired.bus.close()
    await wired.lake.close()
    await wired.credential.close()


def test_freshness_decides_what_is_held() -> None:
    """0 minutes: nothing; more: the lake, or Redis where one is set."""
    base = {"lake": STORAGE}
    assert type(Services(load_settings(**base)).response_cache) is NoCache
    assert isinstance(Services(load_settings(**base, freshness_min=5)).response_cache, LakeCache)
    redis = Services(load_settings(**base, freshness_min=5, redis_url="redis://127.0.0.1:1")).response_cache
    assert isinstance(redis, RedisCache)


@pytest.mark.parametrize("stage", ["silver", "gold"])
def test_jobs_are_given_the_parameters_they_have(stage: SparkStage) -> None:
    """Databricks refuses a parameter that the bundle's job does not declare; run and trace are added at the start.

    Where spans and exports go is the bundle's to say.
    """
    of_bundle = {"telemetry"} if stage == "silver" else {"telemetry", "mongo_secret"}
    given = job_parameters(stage)
    bundle = yaml.safe_load((RESOURCES / f"{stage}.job.yml").read_text())
    declared = bundle["resources"]["jobs"][f"crossfade_{stage}"]["parameters"]
    assert {*given, *of_bundle, "run_id", "traceparent"} == {parameter["name"] for parameter in declared}


def test_jobs_are_told_where_tables_and_files_are() -> None:
    """Each address, the retention of versions and that of each source's rows come from its setting."""
    addresses = {"tables_uri": "file:///t/{container}", "files_path": "/f/{area}"}
    days = {"table_retention_days": 30, "tmdb_retention_days": 90}
    assert job_parameters("silver", catalog="films", **addresses, **days) == {
        "catalog": "films",
        "tables": "file:///t/{container}",
        "files": "/f/{area}",
        "retention_days": "30",
        "tmdb_days": "90",
        "discogs_days": "730",
    }


def job_parameters(stage: SparkStage, **values: object) -> Mapping[str, str]:
    """What every run of a stage's job is given, with these settings."""
    wired = Services(load_settings(lake=STORAGE, servicebus=EMULATOR, **values))
    wired.databricks = FakeDatabricks()
    return wired.stages.jobs[stage].parameters


def test_loggers_that_write_urls_are_quiet() -> None:
    """At INFO the HTTP libraries write whole URLs and headers; they are kept at WARNING."""
    Services(load_settings())
    for name in ("azure", "httpx", "databricks"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


def test_the_process_has_one_set_of_services() -> None:
    """Handlers share connections and lanes."""
    services.cache_clear()
    assert services() is services()
    services.cache_clear()


@pytest.mark.parametrize(
    "values",
    [{}, {"applicationinsights_connection_string": "x", "python_applicationinsights_enable_telemetry": True}],
    ids=["no connection string", "the worker does it"],
)
def test_telemetry_is_left_alone(values: dict[str, object]) -> None:
    """Without a connection string, or when the worker configures it, no provider is set up."""
    before = trace.get_tracer_provider()
    telemetry.configure(load_settings(**values))
    assert trace.get_tracer_provider() is before


def test_spans_counters_and_events_work_unconfigured(caplog: pytest.LogCaptureFixture) -> None:
    """Without telemetry nothing is sent and nothing fails; an exception goes on through its span."""
    reporter = Telemetry()
    with caplog.at_level(logging.INFO), reporter.span("handler", tasks=3, missing=None):
        reporter.count("crossfade.landed_pages", 1, source="tmdb")
        reporter.gauge("crossfade.rate_used", 0.97, source="tmdb")
        reporter.record("crossfade.lane_wait", 0.02, source="tmdb")
        reporter.event("RunFailed", run_id="r", reason=None, counts=(1, 2))
    assert "RunFailed" in caplog.text and "reason" not in caplog.text
    with pytest.raises(ZeroDivisionError), reporter.span("handler"):
        _ = 1 / 0


def test_a_span_goes_on_where_the_run_began() -> None:
    """The traceparent a run was planned with is the parent of later spans; outside of a span there is none."""
    assert current_traceparent() is None
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with Telemetry().span("handler", traceparent=parent):
        assert str(current_traceparent()).split("-")[1] == parent.split("-")[1]
