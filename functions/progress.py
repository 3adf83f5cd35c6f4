"""track_progress: the fan-in."""

from typing import List  # noqa: UP035 -- the Functions worker refuses list[...] here

import azure.functions as func

from functions.triggers import held, services

blueprint = func.Blueprint()


@blueprint.function_name("track_progress")
@blueprint.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="run-events",
    connection="SERVICEBUS",
    is_sessions_enabled=True,
    cardinality=func.Cardinality.MANY,
    data_type=func.DataType.BINARY,
)
@held
async def track_progress(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 -- as above
    """Count tasks that ended; the session is the run, so nobody else counts it now."""
    from functions.deliveries import delivery_of, message_span  # loads an SDK

    app, batch = services(), [delivery_of(message) for message in messages]
    with message_span(app.telemetry, "track_progress", "run-events", batch):
        await app.fan_in.track(batch)
