"""Traces, counters and events, over OpenTelemetry; Azure Monitor exports them.

Sending is batched in the background, and a dead endpoint never slows or fails a handler.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from shared.config import Settings

LOGGERS = "shared"
# One span a handler tells enough; one a request would cost more than the request.
UNTRACED = (
    *("azure_sdk", "django", "fastapi", "flask", "httpx", "httpx2", "psycopg2"),
    *("requests", "urllib", "urllib3"),
)
EVENT_LOGGER = "shared.events"
_configured = False


def configure(settings: Settings) -> None:
    """Send telemetry to Application Insights when a connection string is set; does so once a process.

    Where the Functions worker was told to configure Azure Monitor itself, this leaves it alone.
    """
    global _configured  # the OpenTelemetry SDK is one a process too
    connection = settings.applicationinsights_connection_string
    if _configured or connection is None or settings.python_applicationinsights_enable_telemetry:
        return
    from azure.monitor.opentelemetry import configure_azure_monitor  # slow to import; only where it is used

    configure_azure_monitor(
        connection_string=connection.get_secret_value(),
        logger_name=LOGGERS,
        sampling_ratio=1.0,  # the default keeps five traces a second at most, and drops failures too
        enable_live_metrics=False,
        enable_performance_counters=False,
        instrumentation_options={
            name: {"enabled": False}
            for name in (
                "azure_sdk",
                "django",
                "fastapi",
                "flask",
                "psycopg2",
                "requests",
                "urllib",
                "urllib3",
            )
        },
    )
    _configured = True


class Telemetry:
    """What handlers and services report through."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer("crossfade")
        self._meter = metrics.get_meter("crossfade")
        self._counters: dict[str, metrics.Counter] = {}
        self._events = logging.getLogger(EVENT_LOGGER)
        self._events.setLevel(logging.INFO)

    @contextmanager
    def span(self, name: str, traceparent: str | None = None, **attributes: Any) -> Iterator[Span]:
        """One span around a handler's work; an exception marks it failed and goes on."""
        parent = extract({"traceparent": traceparent}) if traceparent else None
        with self._tracer.start_as_current_span(
            name, context=parent, kind=SpanKind.SERVER, attributes=_known(attributes)
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, str(error)))
                raise

    def count(self, name: str, value: int, **attributes: Any) -> None:
        """Add to a counter."""
        if name not in self._counters:
            self._counters[name] = self._meter.create_counter(name)
        self._counters[name].add(value, _known(attributes))

    def event(self, name: str, **attributes: Any) -> None:
        """A custom event, such as a change of a run's state; in Application Insights under customEvents."""
        extra = {"microsoft.custom_event.name": name, **_known(attributes)}
        self._events.info("%s %s", name, _known(attributes), extra=extra)


def current_traceparent() -> str | None:
    """The W3C traceparent of the span in progress; None outside of one."""
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent")


def _known(attributes: dict[str, Any]) -> dict[str, str | int | float | bool]:
    """Attributes without missing values, others than numbers as text."""
    return {
        name: value if isinstance(value, str | int | float | bool) else str(value)
        for name, value in attributes.items()
        if value is not None
    }
