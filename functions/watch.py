"""watch_runs, drain_dead_letters: once a minute, what nobody else notices."""

import azure.functions as func

from shared.services import services

blueprint = func.Blueprint()
EVERY_MINUTE = "0 * * * * *"
EVERY_MINUTE_HALF = "30 * * * * *"


@blueprint.function_name("watch_runs")
@blueprint.timer_trigger(arg_name="timer", schedule=EVERY_MINUTE, run_on_startup=False)
async def watch_runs(timer: func.TimerRequest) -> None:
    """Look after the active run: failed jobs, lost triggers, overdue runs."""
    with services().telemetry.span("watch_runs", past_due=timer.past_due):
        await services().watchdog.watch()


@blueprint.function_name("drain_dead_letters")
@blueprint.timer_trigger(arg_name="timer", schedule=EVERY_MINUTE_HALF, run_on_startup=False)
async def drain_dead_letters(timer: func.TimerRequest) -> None:
    """Report tasks that became dead letters as failed, so that their run ends."""
    with services().telemetry.span("drain_dead_letters", past_due=timer.past_due):
        await services().drain.drain()
