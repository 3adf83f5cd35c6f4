"""OpenTelemetry around the host: what the worker configures for the app, and silence for the host's own calls."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

logger = logging.getLogger("local.host.telemetry")
_ENABLE = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"
_CONTINUE = "PYTHON_ENABLE_OPENTELEMETRY"
_TRUE = ("1", "true", "t", "yes", "y")
_IN_HOST = "local-host-call"


def configure_worker_telemetry(environment: Mapping[str, str]) -> None:
    """Configure Azure Monitor for the app when the app setting asks the worker to, as the real worker does."""
    if not _is_true(environment, _ENABLE):
        return
    connection_string = environment.get("APPLICATIONINSIGHTS_CONNECTION_STRING")
    if not connection_string:
        logger.warning("%s is set but APPLICATIONINSIGHTS_CONNECTION_STRING is not: no telemetry", _ENABLE)
        return
    from azure.monitor.opentelemetry import configure_azure_monitor

    configure_azure_monitor(
        connection_string=connection_string,
        logger_name=environment.get("PYTHON_AZURE_MONITOR_LOGGER_NAME", ""),
    )


def continues_traces(environment: Mapping[str, str]) -> bool:
    """Whether the worker attaches the trace of the trigger, as the real one does where either setting is true."""
    return _is_true(environment, _CONTINUE) or _is_true(environment, _ENABLE)


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() in _TRUE


def mark_host_calls() -> None:
    """Mark this context, and the tasks started in it, as the host's own."""
    otel.attach(otel.set_value(_IN_HOST, True))


def silence_host_calls() -> None:
    """Keep marked SDK calls (polls, leases, receives) out of the app's traces, where Azure has none of them.

    An app may configure tracing at any time, so this is called again and again; it changes a provider once.
    """
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sample_app_only(provider)


def sample_app_only(provider: TracerProvider) -> None:
    """Make tracers that ``provider`` gives from now on drop what is marked as the host's own."""
    if not isinstance(provider.sampler, _AppOnly):
        provider.sampler = _AppOnly(provider.sampler)


@contextlib.contextmanager
def parent_span(trace_parent: str) -> Iterator[None]:
    """Spans made inside belong to the trace of the trigger."""
    token = otel.attach(TraceContextTextMapPropagator().extract({"traceparent": trace_parent}))
    try:
        yield
    finally:
        otel.detach(token)


class _AppOnly(Sampler):
    """Drops what is marked as the host's own and asks the app's sampler about the rest."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(
        self,
        parent_context: otel.Context | None,
        trace_id: int,
        name: str,
        kind: trace.SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[trace.Link] | None = None,
        trace_state: trace.TraceState | None = None,
    ) -> SamplingResult:
        """Drop or the app sampler's answer."""
        if otel.get_value(_IN_HOST):
            return SamplingResult(Decision.DROP)
        return self._sampler.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        """The app sampler's description."""
        return self._sampler.get_description()
