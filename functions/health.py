"""GET health: is everything there that the app stands on."""

import azure.functions as func

from functions.answers import answer
from shared.services import services

blueprint = func.Blueprint()


@blueprint.function_name("get_health")
@blueprint.route(route="health", methods=["GET"])
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Each dependency with its latency: 200 when all are there, 503 when one is not."""
    with services().telemetry.span("get_health"):
        report = await services().health.report()
        return answer(200 if report.status == "ok" else 503, report)
