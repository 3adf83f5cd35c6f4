"""Answers over HTTP, and which error is which status."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import azure.functions as func

from shared.errors import (
    InvalidRequest,
    InvalidSettings,
    ReportNotFound,
    RunConflict,
    RunNotEnded,
    RunNotFound,
    Unreachable,
)
from shared.serving.answers import BadRequest, RunProblem, Unavailable, View

NEVER_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
log = logging.getLogger(__name__)


def answer(status: int, view: View) -> func.HttpResponse:
    """A JSON answer that nobody keeps or sniffs."""
    return func.HttpResponse(
        view.model_dump_json(by_alias=True),
        status_code=status,
        mimetype="application/json",
        headers=NEVER_KEPT,
    )


async def guarded(handle: Callable[[], Awaitable[func.HttpResponse]]) -> func.HttpResponse:
    """Handle a request; errors a caller can mend, or wait for, are answered with what to do."""
    try:
        return await handle()
    except InvalidRequest as error:
        return answer(400, BadRequest(error=str(error), field=error.field))
    except (RunNotFound, ReportNotFound) as error:
        return answer(404, RunProblem(error=str(error), run_id=error.run_id))
    except (RunConflict, RunNotEnded) as error:
        return answer(409, RunProblem(error=str(error), run_id=error.run_id))
    except InvalidSettings as error:
        return answer(503, Unavailable(error=str(error), setting=error.field))
    except Unreachable as error:
        log.warning("a dependency failed: %s", error)
        text = f"something the app stands on does not answer ({error.kind}); see GET /api/health"
        return answer(503, Unavailable(error=text))
