"""Service Bus messages, as the services take them, and the span around the work on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import azure.functions as func

from shared.adapters.bus import Delivery, decode_body
from shared.adapters.telemetry import Telemetry, traceparent_of


def delivery_of(message: func.ServiceBusMessage) -> Delivery:
    """Body, id, delivery count, trace, time and session of a message."""
    return Delivery(
        decode_body(message.get_body()),
        str(message.message_id),
        message.delivery_count or 1,
        traceparent_of(message.application_properties),
        _in_utc(message.enqueued_time_utc),
        message.session_id,
    )


@contextmanager
def message_span(telemetry: Telemetry, name: str, queue: str, batch: Sequence[Delivery]) -> Iterator[None]:
    """One span around work on messages, below the run most of them belong to and linked to the others."""
    traces = Counter(found.traceparent for found in batch if found.traceparent).most_common()
    parent, links = (traces[0][0] if traces else None), [found for found, _ in traces[1:]]
    with telemetry.span(name, parent, links, messages=len(batch)):
        age_s = oldest_s(batch, datetime.now(UTC))
        if age_s is not None:
            telemetry.record("crossfade.queue_age", age_s, queue=queue)
        yield


def oldest_s(batch: Sequence[Delivery], now: datetime) -> float | None:
    """Seconds the batch's oldest message lay in the queue; None where the host does not tell."""
    times = [found.enqueued_at for found in batch if found.enqueued_at is not None]
    return max(0.0, (now - min(times)).total_seconds()) if times else None


def _in_utc(time: datetime | None) -> datetime | None:
    """The host's times are in UTC and do not say so."""
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time
