"""Traces, metrics, events and the fields of log lines, over OpenTelemetry; Azure Monitor exports them.

Sending is batched in the background, and a dead endpoint never slows or fails a handler. A run is one trace: its root
is the span that began it, whose traceparent travels in the run's state, in the properties of its messages, and in the
parameters of its Spark jobs; every handler that works for the run opens a span right below that root.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import Link, Span, SpanKind, get_current_span

from shared.adapters.metrics import METRICS
from shared.config import Settings
from shared.errors import InvalidSettings

LOGGERS = "shared"
# One span a handler tells enough; one a request would cost more than the request.
UNTRACED = (
    *("azure_sdk", "django", "fastapi", "flask", "httpx", "httpx2", "psycopg2"),
    *("requests", "urllib", "urllib3"),
)
EVENT_LOGGER = "shared.events"
TRACEPARENT = "traceparent"
DIAGNOSTIC_ID = "Diagnostic-Id"  # what the Service Bus SDKs and the Functions host call the same value
_run: ContextVar[str | None] = ContextVar("run_traceparent", default=None)
_configured = False


def configure(settings: Settings) -> None:
    """Send telemetry to Application Insights when a connection string is set; does so once a process.

    Where the Functions worker was told to configure Azure Monitor itself, this leaves it alone.

    Raises:
        InvalidSettings: the connection string is none.
    """
    global _configured  # the OpenTelemetry SDK is one a process too
    connection = settings.applicationinsights_connection_string
    if _configured or connection is None or settings.python_applicationinsights_enable_telemetry:
        return
    from azure.monitor.opentelemetry import configure_azure_monitor  # slow to import; only where it is used

    try:
        configure_azure_monitor(
            connection_string=connection.get_secret_value(),
            logger_name=LOGGERS,
            sampling_ratio=1.0,  # the default keeps five traces a second at most, and drops failures too
            enable_live_metrics=False,
            enable_performance_counters=False,
            instrumentation_options={name: {"enabled": False} for name in UNTRACED},
        )
    except ValueError:  # what the exporter says holds the value
        problem = "is no connection string of Application Insights; correct it, or remove it"
        raise InvalidSettings("APPLICATIONINSIGHTS_CONNECTION_STRING", problem) from None
    add_fields(logging.getLogger(LOGGERS))
    _configured = True


class Telemetry:
    """Reports spans, metrics and events."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer("crossfade")
        self._events = logging.getLogger(EVENT_LOGGER)
        self._events.setLevel(logging.INFO)

    @contextmanager
    def span(
        self, name: str, traceparent: str | None = None, links: Sequence[str] = (), **attributes: Any
    ) -> Iterator[Span]:
        """One span around a handler's work; an exception marks it failed and is raised on.

        Args:
            name: the handler's name.
            traceparent: the root of the run it works for; None starts a trace, or continues the caller's.
            links: traceparents of other runs it works for too.
            attributes: what else to say; None is left out.
        """
        with (
            following(traceparent),
            self._tracer.start_as_current_span(
                name,
                context=_context_of(traceparent) if traceparent else None,
                kind=SpanKind.SERVER,
                attributes=_known(attributes),
                links=_links(links, traceparent),
            ) as span,
        ):
            yield span

    def count(self, name: str, value: int, **attributes: Any) -> None:
        """Add to a counter of `shared.adapters.metrics`."""
        _counter(name).add(value, _known(attributes))

    def gauge(self, name: str, value: float, **attributes: Any) -> None:
        """Set a gauge of `shared.adapters.metrics`."""
        _gauge(name).set(value, _known(attributes))

    def record(self, name: str, value: float, **attributes: Any) -> None:
        """Add a value to a histogram of `shared.adapters.metrics`."""
        _histogram(name).record(value, _known(attributes))

    def event(self, name: str, **attributes: Any) -> None:
        """A custom event, such as a change of a run's state; in Application Insights under customEvents."""
        extra = {"microsoft.custom_event.name": name, **_known(attributes)}
        self._events.info("%s %s", name, _known(attributes), extra=extra)


class _Gauge:
    """A gauge whose value is sent once each time it was set.

    The SDK's own gauge repeats its last value with every export, as long as the process lives: a run's quality would
    be heard of for hours after the run, and beside that of the next one.
    """

    def __init__(self, name: str) -> None:
        self._lock = Lock()
        self._unsent: dict[frozenset[tuple[str, Any]], metrics.Observation] = {}
        _meter().create_observable_gauge(name, [self._observe], METRICS[name].unit, METRICS[name].meaning)

    def set(self, value: float, attributes: Mapping[str, Any]) -> None:
        """Replace what has not been sent with these attributes."""
        with self._lock:
            self._unsent[frozenset(attributes.items())] = metrics.Observation(value, attributes)

    def _observe(self, _: metrics.CallbackOptions) -> list[metrics.Observation]:
        with self._lock:
            unsent, self._unsent = self._unsent, {}
        return list(unsent.values())


@contextmanager
def following(traceparent: str | None) -> Iterator[None]:
    """Messages sent inside belong to the trace of the run with this root; None changes nothing."""
    token = _run.set(traceparent or _run.get())
    try:
        yield
    finally:
        _run.reset(token)


def current_traceparent() -> str | None:
    """The W3C traceparent of the span in progress; None outside of one."""
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get(TRACEPARENT)


def trace_properties() -> dict[str, str]:
    """The properties that carry the run's trace on a message; {} without telemetry."""
    traceparent = _run.get() or current_traceparent()
    return {TRACEPARENT: traceparent, DIAGNOSTIC_ID: traceparent} if traceparent else {}


def traceparent_of(properties: Mapping[str, Any] | None) -> str | None:
    """The trace a message belongs to, under either name; None when it says none."""
    found = (properties or {}).get(TRACEPARENT) or (properties or {}).get(DIAGNOSTIC_ID)
    return str(found) if found else None


def _context_of(traceparent: str) -> Context:
    return extract({TRACEPARENT: traceparent})


def _links(traceparents: Sequence[str], parent: str | None) -> list[Link]:
    """Links to other traces, and to the host's own span where a run's root takes its place as the parent.

    The worker attaches the host's span where `PYTHON_ENABLE_OPENTELEMETRY` is true.
    """
    contexts = [get_current_span(_context_of(found)).get_span_context() for found in traceparents]
    if parent:
        contexts.append(get_current_span().get_span_context())
    return [Link(context) for context in contexts if context.is_valid]


def _known(attributes: dict[str, Any]) -> dict[str, str | int | float | bool]:
    """Attributes without missing values, others than numbers as text."""
    return {
        name: value if isinstance(value, str | int | float | bool) else str(value)
        for name, value in attributes.items()
        if value is not None
    }


@cache
def _counter(name: str) -> metrics.Counter:
    return _meter().create_counter(name, METRICS[name].unit, METRICS[name].meaning)


@cache
def _gauge(name: str) -> _Gauge:
    return _Gauge(name)


@cache
def _histogram(name: str) -> metrics.Histogram:
    return _meter().create_histogram(name, METRICS[name].unit, METRICS[name].meaning)


def _meter() -> metrics.Meter:
    return metrics.get_meter("crossfade")


_fields: ContextVar[dict[str, str]] = ContextVar("log_fields", default={})  # noqa: B039 -- never changed in place


@contextmanager
def about(**fields: str | None) -> Iterator[None]:
    """Lines logged inside carry these fields (`run_id`, `task_id`, `stage`); None says nothing."""
    token = _fields.set({**_fields.get(), **{name: value for name, value in fields.items() if value}})
    try:
        yield
    finally:
        _fields.reset(token)


class AddFields(logging.Filter):
    """Adds the fields to the records that pass; what a record says itself wins."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        for name, value in _fields.get().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


def add_fields(logger: logging.Logger) -> None:
    """Let all handlers of a logger add the fields; may be called again."""
    for handler in logger.handlers:
        if not any(isinstance(found, AddFields) for found in handler.filters):
            handler.addFilter(AddFields())
