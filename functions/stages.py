"""start_silver, start_gold, finish_run: a manifest appeared, the next stage begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import azure.functions as func

from shared.adapters.log_fields import about
from shared.config import settings
from shared.services import services

blueprint = func.Blueprint()
SOURCE = (
    func.BlobSource.EVENT_GRID
    if settings().blob_trigger_source == "event_grid"
    else func.BlobSource.LOGS_AND_CONTAINER_SCAN
)


@blueprint.function_name("start_silver")
@blueprint.blob_trigger(
    arg_name="manifest", path="control/bronze/{run_id}.json", connection="LAKE", source=SOURCE
)
async def start_silver(manifest: func.InputStream) -> None:
    """Bronze is whole: start the silver job."""
    async with _span("start_silver", "silver", manifest) as run_id:
        await services().stages.start_silver(run_id)


@blueprint.function_name("start_gold")
@blueprint.blob_trigger(
    arg_name="manifest", path="control/silver/{run_id}.json", connection="LAKE", source=SOURCE
)
async def start_gold(manifest: func.InputStream) -> None:
    """Silver is whole: start the gold job."""
    async with _span("start_gold", "gold", manifest) as run_id:
        await services().stages.start_gold(run_id)


@blueprint.function_name("finish_run")
@blueprint.blob_trigger(
    arg_name="manifest", path="control/gold/{run_id}.json", connection="LAKE", source=SOURCE
)
async def finish_run(manifest: func.InputStream) -> None:
    """Gold is whole: the run is complete."""
    async with _span("finish_run", "gold", manifest) as run_id:
        await services().stages.finish(run_id)


@asynccontextmanager
async def _span(name: str, stage: str, manifest: func.InputStream) -> AsyncIterator[str]:
    """A span below the run that the manifest is of; gives the run's id."""
    run_id = _run_id(manifest)
    run = await services().runs.find(run_id)
    traceparent = run.traceparent if run else None
    with about(run_id=run_id, stage=stage), services().telemetry.span(name, traceparent, run_id=run_id):
        yield run_id


def _run_id(manifest: func.InputStream) -> str:
    """The run a manifest is named after."""
    return str(manifest.name).rsplit("/", 1)[-1].removesuffix(".json")
