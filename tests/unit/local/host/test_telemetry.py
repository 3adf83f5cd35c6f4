from __future__ import annotations

import contextvars

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from local.host.telemetry import mark_host_calls, parent_span, sample_app_only


def test_the_hosts_own_calls_leave_no_spans() -> None:
    """Marked calls are dropped, the app's are kept, however often silence is asked for."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    sample_app_only(provider)
    sample_app_only(provider)

    def call(name: str, is_host: bool) -> None:
        if is_host:
            mark_host_calls()
        provider.get_tracer("test").start_span(name).end()

    contextvars.Context().run(call, "poll", True)
    contextvars.Context().run(call, "fetch", False)
    assert [span.name for span in exporter.get_finished_spans()] == ["fetch"]


def test_a_handlers_spans_belong_to_its_triggers_trace() -> None:
    """The traceparent of the trigger is the parent inside, and only there."""
    with parent_span("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        inside = trace.get_current_span().get_span_context()
    assert format(inside.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    assert not trace.get_current_span().get_span_context().is_valid
