"""JSON answers, and which error is which status."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import azure.functions as func

from shared.errors import InvalidRequest, InvalidSettings, RunConflict, RunNotEnded, RunNotFound


def answer(status: int, body: Mapping[str, Any]) -> func.HttpResponse:
    """A JSON answer that nobody keeps or sniffs."""
    return func.HttpResponse(
        json.dumps(body),
        status_code=status,
        mimetype="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


async def guarded(handle: Callable[[], Awaitable[func.HttpResponse]]) -> func.HttpResponse:
    """Handle a request; errors a caller can mend are answered with what to do."""
    try:
        return await handle()
    except InvalidRequest as error:
        return answer(400, {"error": str(error), "field": error.field})
    except RunNotFound as error:
        return answer(404, {"error": str(error), "run_id": error.run_id})
    except (RunConflict, RunNotEnded) as error:
        return answer(409, {"error": str(error), "run_id": error.run_id})
    except InvalidSettings as error:
        return answer(503, {"error": str(error), "setting": error.field})
