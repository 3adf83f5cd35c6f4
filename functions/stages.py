"""start_ingest, start_silver, start_gold, finish_run: a manifest appeared, the next stage begins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import azure.functions as func

from functions.triggers import add_function, services
from shared.config import is_container_scan

if TYPE_CHECKING:
    from shared.services import Services

StageHandler = Callable[["Services", str], Awaitable[None]]
blueprint = func.Blueprint()
SOURCE = func.BlobSource.LOGS_AND_CONTAINER_SCAN if is_container_scan() else func.BlobSource.EVENT_GRID


def _on_manifest(written_by: str, *, stage: str) -> Callable[[StageHandler], StageHandler]:
    """Call the handler when a stage wrote its manifest, within a span below the run's."""

    def register(handle: StageHandler) -> StageHandler:
        async def run(manifest: func.InputStream) -> None:
            from shared.adapters.telemetry import (
                about,  # here: an SDK that does not load must not stop indexing
            )

            app, run_id = services(), _run_id(manifest)
            state = await app.runs.find(run_id)
            traceparent = state.traceparent if state else None
            with (
                about(run_id=run_id, stage=stage),
                app.telemetry.span(handle.__name__, traceparent, run_id=run_id),
            ):
                await handle(app, run_id)

        path = f"control/{written_by}/{{run_id}}.json"
        trigger = blueprint.blob_trigger(arg_name="manifest", path=path, connection="LAKE", source=SOURCE)
        add_function(blueprint, handle, run, trigger)
        return handle

    return register


@_on_manifest("bulk", stage="bulk")
async def start_ingest(app: Services, run_id: str) -> None:
    """Discogs' dump is landed: read what the APIs have besides."""
    await app.starter.continue_after_dump(run_id)


@_on_manifest("bronze", stage="silver")
async def start_silver(app: Services, run_id: str) -> None:
    """Bronze is whole: start the silver job."""
    await app.stages.start_silver(run_id)


@_on_manifest("silver", stage="gold")
async def start_gold(app: Services, run_id: str) -> None:
    """Silver is whole: start the gold job."""
    await app.stages.start_gold(run_id)


@_on_manifest("gold", stage="gold")
async def finish_run(app: Services, run_id: str) -> None:
    """Gold is whole: the run is complete."""
    await app.stages.finish(run_id)


def _run_id(manifest: func.InputStream) -> str:
    """The run a manifest is named after."""
    return str(manifest.name).rsplit("/", 1)[-1].removesuffix(".json")
