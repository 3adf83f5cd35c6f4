"""plan_on_timer, plan_on_request, replay_run, cancel_run: begin and stop runs."""

import azure.functions as func

from functions.answers import answer, guarded
from shared.config import settings
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from shared.services import services
from shared.serving.answers import NothingToReplay, ReplayBegun, RunBegun, RunStopped
from shared.serving.parameters import parse_refresh, parse_run_id

blueprint = func.Blueprint()


@blueprint.function_name("plan_on_timer")
@blueprint.timer_trigger(arg_name="timer", schedule=settings().plan_schedule, run_on_startup=False)
async def plan_on_timer(timer: func.TimerRequest) -> None:
    """Begin a run on schedule; a tick during a run is skipped and logged."""
    with services().telemetry.span("plan_on_timer", past_due=timer.past_due):
        request = RunRequest(mode=services().config.plan_mode)
        await services().starter.begin_unless_active(request, "timer")


@blueprint.function_name("plan_on_request")
@blueprint.route(route="refresh", methods=["POST"])
async def plan_on_request(req: func.HttpRequest) -> func.HttpResponse:
    """Begin a run now: 202, or 400 naming the bad field, or 409 with the active run."""
    with services().telemetry.span("plan_on_request"):
        return await guarded(lambda: _begin(req))


@blueprint.function_name("replay_run")
@blueprint.route(route="runs/{run_id}/replay", methods=["POST"])
async def replay_run(req: func.HttpRequest) -> func.HttpResponse:
    """Send again what an ended run could not do: 202 with the new run, 200 when nothing is left to do."""
    with services().telemetry.span("replay_run"):
        return await guarded(lambda: _replay(req))


@blueprint.function_name("cancel_run")
@blueprint.route(route="runs/{run_id}/cancel", methods=["POST"])
async def cancel_run(req: func.HttpRequest) -> func.HttpResponse:
    """Stop a run: 200 with its state; a run that had ended stays as it is."""
    with services().telemetry.span("cancel_run"):
        return await guarded(lambda: _cancel(req))


async def _begin(req: func.HttpRequest) -> func.HttpResponse:
    state = await services().starter.begin(parse_refresh(req.get_body()), "http")
    url = _status_url(req, "/refresh", state)
    return answer(202, RunBegun(run_id=state.run_id, status_url=url, state=state.state))


async def _replay(req: func.HttpRequest) -> func.HttpResponse:
    run_id = parse_run_id(req.route_params["run_id"])
    replay = await services().operations.replay(run_id)
    if replay.run is None:
        return answer(200, NothingToReplay(replays=run_id))
    run = replay.run
    url = _status_url(req, f"/runs/{run_id}/replay", run)
    begun = ReplayBegun(
        run_id=run.run_id, status_url=url, state=run.state, replays=run_id, tasks=replay.tasks
    )
    return answer(202, begun)


async def _cancel(req: func.HttpRequest) -> func.HttpResponse:
    state = await services().operations.cancel(parse_run_id(req.route_params["run_id"]))
    return answer(200, RunStopped(run_id=state.run_id, state=state.state, reason=state.reason))


def _status_url(req: func.HttpRequest, suffix: str, state: RunState) -> str:
    return f"{req.url.split('?')[0].removesuffix(suffix)}/runs/{state.run_id}"
