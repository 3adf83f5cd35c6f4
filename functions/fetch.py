"""fetch_tmdb, fetch_discogs: work a task of one source; the host calls side by side, the lane sets the pace."""

import azure.functions as func

from functions.triggers import held, services

blueprint = func.Blueprint()


@blueprint.function_name("fetch_tmdb")
@blueprint.service_bus_queue_trigger(
    arg_name="message",
    queue_name="tmdb-fetch",
    connection="SERVICEBUS",
    is_sessions_enabled=True,
    cardinality=func.Cardinality.ONE,
    data_type=func.DataType.BINARY,
)
@held
async def fetch_tmdb(message: func.ServiceBusMessage) -> None:
    """Ask TMDB for what the task says."""
    await _work("fetch_tmdb", "tmdb-fetch", message)


@blueprint.function_name("fetch_discogs")
@blueprint.service_bus_queue_trigger(
    arg_name="message",
    queue_name="discogs-fetch",
    connection="SERVICEBUS",
    is_sessions_enabled=True,
    cardinality=func.Cardinality.ONE,
    data_type=func.DataType.BINARY,
)
@held
async def fetch_discogs(message: func.ServiceBusMessage) -> None:
    """Ask Discogs for what the task says."""
    await _work("fetch_discogs", "discogs-fetch", message)


async def _work(name: str, queue: str, message: func.ServiceBusMessage) -> None:
    from functions.deliveries import delivery_of, message_span  # loads an SDK

    app, delivery = services(), delivery_of(message)
    with message_span(app.telemetry, name, queue, [delivery]):
        await app.fetcher.work(delivery)
