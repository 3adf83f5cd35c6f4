"""Answers over HTTP, and which error is which status."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import azure.functions as func

from shared.errors import (
    InvalidRequest,
    InvalidSettings,
    NotInFeed,
    NotKnown,
    OverQuota,
    ReportNotFound,
    RunConflict,
    RunNotEnded,
    RunNotFound,
    StaleWrite,
    Unreachable,
)
from shared.serving.answers import Answer, BadRequest, RunProblem, Unavailable
from shared.serving.lookup.answers import Missing, TooMany
from shared.sources.terms import NOTICES

NEVER_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# What a handler returns: a model for 200, a status and a model, or a response as it is.
Reply = Answer | tuple[int, Answer] | func.HttpResponse
log = logging.getLogger(__name__)


async def respond(handle: Callable[[], Awaitable[Reply]]) -> func.HttpResponse:
    """Handle a request; errors that the caller can mend, or wait for, are answered with what to do.

    Every answer carries the notices of the sources in its headers.
    """
    try:
        response = response_of(await handle())
    except Exception as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        response = response_of(refusal)
    for header, notice in NOTICES.items():
        response.headers[header] = notice
    return response


def response_of(reply: Reply) -> func.HttpResponse:
    """A reply as a response; JSON is never kept by a cache, nor taken for something else."""
    if isinstance(reply, func.HttpResponse):
        return reply
    status, answer = reply if isinstance(reply, tuple) else (200, reply)
    return func.HttpResponse(
        answer.model_dump_json(by_alias=True),
        status_code=status,
        mimetype="application/json",
        headers=NEVER_KEPT,
    )


def _refusal_of(error: Exception) -> Reply | None:
    """The answer to an error; None for one that is a fault of the app's own."""
    match error:
        case InvalidRequest():
            return 400, BadRequest(error=str(error), field=error.field)
        case RunNotFound() | ReportNotFound() | NotInFeed():
            return 404, RunProblem(error=str(error), run_id=error.run_id)
        case NotKnown():
            return 404, Missing(error=str(error))
        case OverQuota():
            return _too_many(error)
        case RunConflict() | RunNotEnded():
            return 409, RunProblem(error=str(error), run_id=error.run_id)
        case InvalidSettings():
            return 503, Unavailable(error=str(error), setting=error.field)
        case ImportError():
            return 503, Unavailable(error=f"{does_not_load(error)}; see GET /api/health")
        case StaleWrite():
            return 503, Unavailable(error="many write there at the same time; send the same request again")
        case Unreachable():
            log.warning("a dependency failed: %s", error)
            text = f"something the app stands on does not answer ({error.kind}); see GET /api/health"
            return 503, Unavailable(error=text)
    return None


def _too_many(error: OverQuota) -> func.HttpResponse:
    answer = response_of((429, TooMany(error=str(error), retry_after_s=error.retry_after_s)))
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def does_not_load(error: ImportError) -> str:
    """Which package is broken, and what to do."""
    return f"the package {error.name or 'of an SDK'} does not load: deploy again, built for the app's Python"
