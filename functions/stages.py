"""start_silver, start_gold, finish_run: a manifest appeared, the next stage begins."""

import azure.functions as func

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
    with services().telemetry.span("start_silver", blob=manifest.name):
        await services().stages.start_silver(_run_id(manifest))


@blueprint.function_name("start_gold")
@blueprint.blob_trigger(
    arg_name="manifest", path="control/silver/{run_id}.json", connection="LAKE", source=SOURCE
)
async def start_gold(manifest: func.InputStream) -> None:
    """Silver is whole: start the gold job."""
    with services().telemetry.span("start_gold", blob=manifest.name):
        await services().stages.start_gold(_run_id(manifest))


@blueprint.function_name("finish_run")
@blueprint.blob_trigger(
    arg_name="manifest", path="control/gold/{run_id}.json", connection="LAKE", source=SOURCE
)
async def finish_run(manifest: func.InputStream) -> None:
    """Gold is whole: the run is complete."""
    with services().telemetry.span("finish_run", blob=manifest.name):
        await services().stages.finish(_run_id(manifest))


def _run_id(manifest: func.InputStream) -> str:
    """The run a manifest is named after."""
    return str(manifest.name).rsplit("/", 1)[-1].removesuffix(".json")
