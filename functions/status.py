"""GET runs, runs/{run_id}, runs/{run_id}/reports/{report}, alerts, search: how runs are doing, and what they found."""

import azure.functions as func

from functions.answers import NEVER_KEPT, answer, guarded
from shared.services import services
from shared.serving.parameters import parse_before, parse_limit, parse_query, parse_report, parse_run_id

blueprint = func.Blueprint()
# A report is data: it may style itself, and do nothing else.
REPORT_HEADERS = NEVER_KEPT | {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
}


@blueprint.function_name("list_runs")
@blueprint.route(route="runs", methods=["GET"])
async def list_runs(req: func.HttpRequest) -> func.HttpResponse:
    """The newest runs; `limit` and `before` page through older ones."""

    async def handle() -> func.HttpResponse:
        limit, before = parse_limit(req.params.get("limit")), parse_before(req.params.get("before"))
        return answer(200, await services().status.runs(limit, before))

    with services().telemetry.span("list_runs"):
        return await guarded(handle)


@blueprint.function_name("get_run")
@blueprint.route(route="runs/{run_id}", methods=["GET"])
async def get_run(req: func.HttpRequest) -> func.HttpResponse:
    """One run: state, progress, stages, findings, failures, lineage."""

    async def handle() -> func.HttpResponse:
        return answer(200, await services().status.run(parse_run_id(req.route_params["run_id"])))

    with services().telemetry.span("get_run"):
        return await guarded(handle)


@blueprint.function_name("get_report")
@blueprint.route(route="runs/{run_id}/reports/{report}", methods=["GET"])
async def get_report(req: func.HttpRequest) -> func.HttpResponse:
    """A report of the silver or the gold job, as HTML that runs no script."""

    async def handle() -> func.HttpResponse:
        run_id, report = parse_run_id(req.route_params["run_id"]), parse_report(req.route_params["report"])
        page = await services().status.report(run_id, report)
        return func.HttpResponse(page, mimetype="text/html", headers=REPORT_HEADERS)

    with services().telemetry.span("get_report"):
        return await guarded(handle)


@blueprint.function_name("list_alerts")
@blueprint.route(route="alerts", methods=["GET"])
async def list_alerts(req: func.HttpRequest) -> func.HttpResponse:
    """The open alerts."""

    async def handle() -> func.HttpResponse:
        return answer(200, await services().status.alerts())

    with services().telemetry.span("list_alerts"):
        return await guarded(handle)


@blueprint.function_name("search_films")
@blueprint.route(route="search", methods=["GET"])
async def search_films(req: func.HttpRequest) -> func.HttpResponse:
    """Films by the words of their titles or of their records', with the evidence of the matches."""

    async def handle() -> func.HttpResponse:
        query, limit = parse_query(req.params.get("q")), parse_limit(req.params.get("limit"))
        return answer(200, await services().search.find(query, limit))

    with services().telemetry.span("search_films"):
        return await guarded(handle)
