"""GET /api/runs, GET /api/runs/{run_id}: how runs are doing."""

import azure.functions as func

from functions.answers import answer, guarded
from shared.requests import parse_limit
from shared.services import services

blueprint = func.Blueprint()


@blueprint.function_name("list_runs")
@blueprint.route(route="runs", methods=["GET"])
async def list_runs(req: func.HttpRequest) -> func.HttpResponse:
    """The newest runs; `limit` and `before` page through older ones."""

    async def handle() -> func.HttpResponse:
        limit = parse_limit(req.params.get("limit"))
        return answer(200, await services().status.runs(limit, req.params.get("before")))

    with services().telemetry.span("list_runs"):
        return await guarded(handle)


@blueprint.function_name("get_run")
@blueprint.route(route="runs/{run_id}", methods=["GET"])
async def get_run(req: func.HttpRequest) -> func.HttpResponse:
    """One run: state, progress, counts, failures."""

    async def handle() -> func.HttpResponse:
        return answer(200, await services().status.run(req.route_params["run_id"]))

    with services().telemetry.span("get_run"):
        return await guarded(handle)
