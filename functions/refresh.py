"""plan_on_timer, plan_on_request: begin a run."""

import azure.functions as func

from functions.answers import answer, guarded
from shared.planning import RunRequest
from shared.requests import parse_refresh
from shared.services import services

blueprint = func.Blueprint()


@blueprint.function_name("plan_on_timer")
@blueprint.timer_trigger(arg_name="timer", schedule="%PLAN_SCHEDULE%", run_on_startup=False)
async def plan_on_timer(timer: func.TimerRequest) -> None:
    """Begin a run on schedule; a tick during a run is skipped and logged."""
    with services().telemetry.span("plan_on_timer", past_due=timer.past_due):
        request = RunRequest(mode=services().config.plan_mode)
        await services().planner.begin_unless_active(request, "timer")


@blueprint.function_name("plan_on_request")
@blueprint.route(route="refresh", methods=["POST"])
async def plan_on_request(req: func.HttpRequest) -> func.HttpResponse:
    """Begin a run now: 202, or 400 naming the bad field, or 409 with the active run."""
    with services().telemetry.span("plan_on_request"):
        return await guarded(lambda: _begin(req))


async def _begin(req: func.HttpRequest) -> func.HttpResponse:
    state = await services().planner.begin(parse_refresh(req.get_body()), "http")
    status_url = req.url.split("?")[0].removesuffix("/refresh") + f"/runs/{state.run_id}"
    return answer(202, {"run_id": state.run_id, "status_url": status_url, "state": state.state})
