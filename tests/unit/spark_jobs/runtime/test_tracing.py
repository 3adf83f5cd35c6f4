"""Spans of a job where there is nobody to send them to: the job runs as ever."""

from __future__ import annotations

import logging
import sys

import pytest

from spark_jobs.runtime.tracing import CONNECTION_STRING, Tracer


def run_job() -> list[str]:
    """A job of two steps; returns what it did."""
    done, tracer = [], Tracer()
    with tracer.job("silver", "RUN", ""):
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
