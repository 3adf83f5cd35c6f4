"""fetch_tmdb, fetch_discogs: work a batch of tasks of one source."""

from typing import List  # noqa: UP035 -- the Functions worker refuses list[...] here

import azure.functions as func

from functions.deliveries import batch_span, deliveries, locked_until
from shared.services import services

blueprint = func.Blueprint()


@blueprint.function_name("fetch_tmdb")
@blueprint.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="tmdb-fetch",
    connection="SERVICEBUS",
    is_sessions_enabled=True,
    cardinality=func.Cardinality.MANY,
)
async def fetch_tmdb(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 -- as above
    """Ask TMDB for what the tasks say."""
    batch = deliveries(messages)
    with batch_span("fetch_tmdb", "tmdb-fetch", batch):
        await services().fetcher.work(batch, locked_until(messages))


@blueprint.function_name("fetch_discogs")
@blueprint.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="discogs-fetch",
    connection="SERVICEBUS",
    is_sessions_enabled=True,
    cardinality=func.Cardinality.MANY,
)
async def fetch_discogs(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 -- as above
    """Ask Discogs for what the tasks say."""
    batch = deliveries(messages)
    with batch_span("fetch_discogs", "discogs-fetch", batch):
        await services().fetcher.work(batch, locked_until(messages))
