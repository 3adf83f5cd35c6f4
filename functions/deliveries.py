"""Service Bus messages of a batch, as the services take them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import azure.functions as func

from shared.bus import decode_body
from shared.fetching import Delivery


def deliveries(messages: Sequence[func.ServiceBusMessage]) -> list[Delivery]:
    """Bodies, ids and delivery counts, in order."""
    return [
        Delivery(decode_body(message.get_body()), str(message.message_id), message.delivery_count or 1)
        for message in messages
    ]


def locked_until(messages: Sequence[func.ServiceBusMessage]) -> datetime | None:
    """When the first lock of the batch expires, where the host tells."""
    return min((m.locked_until for m in messages if m.locked_until is not None), default=None)
