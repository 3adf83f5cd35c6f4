"""plan_on_timer, plan_on_request, replay_run, cancel_run: begin and stop runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import azure.functions as func

from functions.answers import Reply
from functions.triggers import endpoint, timer
from shared.config import plan_schedule
from shared.planning.roots import RunRequest
from shared.serving.answers import NothingToReplay, ReplayBegun, RunBegun, RunStopped
from shared.serving.endpoints import endpoint_of
from shared.serving.parameters import parse_refresh, parse_run_id

if TYPE_CHECKING:
    from shared.services import Services

blueprint = func.Blueprint()


@timer(blueprint, plan_schedule())
async def plan_on_timer(app: Services) -> None:
    """Begin a run on schedule; a tick during a run is skipped and logged."""
    await app.starter.begin_unless_active(RunRequest(mode=app.config.plan_mode), "timer")


@endpoint(blueprint)
async def plan_on_request(app: Services, req: func.HttpRequest) -> Reply:
    """Begin a run now: 202, or 400 naming the bad field, or 409 with the active run."""
    run = await app.starter.begin(parse_refresh(req.get_body()), "http")
    url = _status_url(req, "plan_on_request", run.run_id)
    return 202, RunBegun(run_id=run.run_id, status_url=url, state=run.state)


@endpoint(blueprint)
async def replay_run(app: Services, req: func.HttpRequest) -> Reply:
    """Send again what an ended run could not do: 202 with the new run, 200 when nothing is left to do."""
    run_id = parse_run_id(req.route_params["run_id"])
    replay = await app.operations.replay(run_id)
    if replay.run is None:
        return NothingToReplay(replays=run_id)
    run = replay.run
    url = _status_url(req, "replay_run", run.run_id)
    begun = ReplayBegun(
        run_id=run.run_id, status_url=url, state=run.state, replays=run_id, tasks=replay.tasks
    )
    return 202, begun


@endpoint(blueprint)
async def cancel_run(app: Services, req: func.HttpRequest) -> Reply:
    """Stop a run: 200 with its state; a run that had ended stays as it is."""
    run = await app.operations.cancel(parse_run_id(req.route_params["run_id"]))
    return RunStopped(run_id=run.run_id, state=run.state, reason=run.reason)


def _status_url(req: func.HttpRequest, function: str, run_id: str) -> str:
    """Where to ask for a run, beside the address that was asked, without its key."""
    own = endpoint_of(function).route.format(**req.route_params)
    base = str(req.url).split("?")[0].removesuffix(own)
    return base + endpoint_of("get_run").route.format(run_id=run_id)
