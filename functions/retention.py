"""remove_expired: once a day, what is past its time."""

import azure.functions as func

from shared.services import services

blueprint = func.Blueprint()
EVERY_NIGHT = "0 30 2 * * *"


@blueprint.function_name("remove_expired")
@blueprint.timer_trigger(arg_name="timer", schedule=EVERY_NIGHT, run_on_startup=False)
async def remove_expired(timer: func.TimerRequest) -> None:
    """Remove raw blobs, runs and metrics that are older than their settings say."""
    with services().telemetry.span("remove_expired", past_due=timer.past_due):
        await services().retention.remove_expired()
