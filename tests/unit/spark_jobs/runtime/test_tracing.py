"""Spans of a job where there is nobody to send them to: the job runs as ever."""

from __future__ import annotations

import logging
import sys
from types import ModuleType, SimpleNamespace

import pytest

from spark_jobs.runtime.stage_run import arguments, endpoint_of
from spark_jobs.runtime.tracing import CONNECTION_STRING, Endpoint, Tracer

CONNECTION = (
    "InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://insights.invalid/"
)
EXPORTER = "azure.monitor.opentelemetry.exporter"


def run_job(endpoint: Endpoint | None = None) -> list[str]:
    """A job of two steps; returns what it did."""
    done, tracer = [], Tracer()
    with tracer.job("silver", "RUN", "", endpoint or Endpoint()):
        for name in ("read", "publish"):
            with tracer.step(name):
                done.append(name)
    return done


def test_without_an_endpoint_a_job_only_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says that no trace is sent and which variable is missing."""
    caplog.set_level(logging.INFO)
    monkeypatch.delenv(CONNECTION_STRING, raising=False)
    assert run_job() == ["read", "publish"]
    assert caplog.text.count(f"{CONNECTION_STRING} is not set") == 1


def test_without_the_package_a_job_only_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says what to install."""
    monkeypatch.setenv(CONNECTION_STRING, "InstrumentationKey=x")
    monkeypatch.setitem(sys.modules, "azure.monitor.opentelemetry.exporter", None)  # as if it were not there
    assert run_job() == ["read", "publish"]
    assert "install azure-monitor-opentelemetry-exporter" in caplog.text


def test_the_endpoint_comes_as_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serverless compute has no environment variables; where there is one, what the job was told counts."""
    made: list[dict[str, object]] = []
    stand_in = ModuleType(EXPORTER)
    stand_in.AzureMonitorTraceExporter = lambda **given: (
        made.append(given)
        or SimpleNamespace(  # type: ignore[attr-defined]
            shutdown=lambda: None, export=lambda _spans: None
        )
    )
    monkeypatch.setitem(sys.modules, EXPORTER, stand_in)
    monkeypatch.setenv(CONNECTION_STRING, "InstrumentationKey=another")
    runtime = ModuleType("databricks.sdk.runtime")
    runtime.dbutils = SimpleNamespace(  # type: ignore[attr-defined]
        credentials=SimpleNamespace(getServiceCredentialsProvider=lambda name: f"tokens of {name}")
    )
    monkeypatch.setitem(sys.modules, "databricks.sdk.runtime", runtime)
    given = arguments(
        "silver",
        [
            *("--run-id=RUN", "--tables=file:///t/{container}", "--files=/f/{area}"),
            *(f"--telemetry={CONNECTION}", "--telemetry-credential=crossfade-insights"),
        ],
    )
    assert run_job(endpoint_of(given)) == ["read", "publish"]
    (exporter,) = made
    assert exporter["connection_string"] == CONNECTION
    assert exporter["credential"] == "tokens of crossfade-insights"


def test_a_credential_that_is_refused_fails_no_job(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says that no trace is sent and what to look at, and repeats nothing of the connection string."""
    runtime = ModuleType("databricks.sdk.runtime")

    def refuse(name: str) -> None:
        raise PermissionError(f"no ACCESS on {name} for {CONNECTION}")

    runtime.dbutils = SimpleNamespace(  # type: ignore[attr-defined]
        credentials=SimpleNamespace(getServiceCredentialsProvider=refuse)
    )
    monkeypatch.setitem(sys.modules, "databricks.sdk.runtime", runtime)
    endpoint = Endpoint(CONNECTION, "crossfade-insights")
    assert run_job(endpoint) == ["read", "publish"]
    assert "no trace is sent: PermissionError" in caplog.text and "service credential" in caplog.text
    assert CONNECTION not in caplog.text + repr(endpoint)
