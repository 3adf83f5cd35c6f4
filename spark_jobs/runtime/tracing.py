"""The job as part of the run's trace: one span for the job and one for each of its steps, to Application Insights.

The run's traceparent comes as `--traceparent`, the endpoint as `--telemetry` (serverless compute has no environment
variables) or as APPLICATIONINSIGHTS_CONNECTION_STRING in the job's environment. Where the endpoint asks who sends,
`--telemetry-credential` names the service credential of Unity Catalog that may; it is asked for tokens, and no secret
is kept. Without an endpoint, or without the package azure-monitor-opentelemetry-exporter, nothing is sent and no job
fails for it; nor does it when the endpoint is down: sending goes on in the background and ends within seconds.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

CONNECTION_STRING = "APPLICATIONINSIGHTS_CONNECTION_STRING"
FLUSH_LIMIT_S = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """Where spans go: a connection string, and the service credential that may send there, '' for none."""

    connection: str = field(default="", repr=False)
    credential: str = ""


class Tracer:
    """Opens spans of a job; does nothing where there is no endpoint."""

    def __init__(self) -> None:
        self._provider: Any = None
        self._job: Any = None  # steps run in threads too, which know no current span

    @contextmanager
    def job(
        self, stage: str, run_id: str, traceparent: str, endpoint: Endpoint = Endpoint()
    ) -> Iterator[None]:
        """A span around the whole job, below the span that began the run; sent when it ends, well or not."""
        if self._provider is None:
            self._provider = _provider(endpoint)
        if self._provider is None:
            yield
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, set_span_in_context

        tracer = self._provider.get_tracer("crossfade")
        parent = extract({"traceparent": traceparent})
        attributes = {"run_id": run_id, "stage": stage}
        try:
            with tracer.start_as_current_span(
                f"{stage}_job", parent, SpanKind.SERVER, attributes=attributes
            ) as span:
                self._job = set_span_in_context(span)
                yield
        finally:
            self._job = None
            _flush(self._provider)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A span around a step of the job."""
        if self._job is None:
            yield
            return
        with self._provider.get_tracer("crossfade").start_as_current_span(name, self._job):
            yield


TRACER = Tracer()


def _flush(provider: Any) -> None:
    """Send what is left, within 5 seconds: an endpoint that hangs holds no job up."""
    sending = threading.Thread(target=provider.force_flush, daemon=True)
    sending.start()
    sending.join(FLUSH_LIMIT_S)


def _provider(endpoint: Endpoint) -> Any:
    """Where spans go; None when there is nothing to send them with or to."""
    connection = endpoint.connection or os.environ.get(CONNECTION_STRING)
    if not connection:
        log.info("no --telemetry, and %s is not set: no trace is sent", CONNECTION_STRING)
        return None
    try:
        return _exporting(connection, _credential(endpoint.credential))
    except ImportError as error:
        log.warning(
            "no trace is sent: %s; install azure-monitor-opentelemetry-exporter on the cluster", error
        )
    except Exception as error:  # whatever a workspace says; its text may repeat what it was given
        remedy = "is the connection string whole, and may the job use its service credential?"
        log.warning("no trace is sent: %s; %s", type(error).__name__, remedy)
    return None


def _credential(name: str) -> Any:
    """What gives tokens as a service credential of Unity Catalog; None where the connection string is enough."""
    if not name:
        return None
    runtime: Any = importlib.import_module("databricks.sdk.runtime")  # every compute of Databricks has it
    return runtime.dbutils.credentials.getServiceCredentialsProvider(name)


def _exporting(connection: str, credential: Any) -> Any:
    """A provider that sends in the background."""
    from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # The exporter would look for a global provider, which a job has not, and log an error with each batch.
    os.environ.setdefault("APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED", "true")
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = AzureMonitorTraceExporter(
        connection_string=connection, credential=credential, disable_offline_storage=True
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
