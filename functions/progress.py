"""track_progress: the fan-in."""

from collections.abc import Sequence
from typing import List  # noqa: UP035 -- the Functions worker refuses list[...] here

import azure.functions as func

from functions.deliveries import delivery_of, message_span
from functions.invocations import to_the_end
from shared.adapters.bus import Delivery
from shared.services import services

blueprint = func.Blueprint()


@blueprint.function_name("track_progress")
@blueprint.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="run-events",
    connection="SERVICEBUS",
    is_sessions_enabled=True,
    cardinality=func.Cardinality.MANY,
)
async def track_progress(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 -- as above
    """Count tasks that ended; the session is the run, so nobody else counts it now."""
    await to_the_end(_track([delivery_of(message) for message in messages]))


async def _track(batch: Sequence[Delivery]) -> None:
    with message_span("track_progress", "run-events", batch):
        await services().progress.track(batch)
