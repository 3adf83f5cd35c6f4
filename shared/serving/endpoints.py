"""Every HTTP function: its route, what it takes and what it answers.

The function app registers its routes from this table, and the OpenAPI document is made of it.
"""

from __future__ import annotations

from shared.serving import answers, run_answers
from shared.serving.endpoint import Endpoint, Parameter
from shared.serving.feed.answers import ChangesAnswer
from shared.serving.feed.changes import CURSOR, DEFAULT_CHANGES, MAX_CHANGES
from shared.serving.lookup.endpoints import LOOKUPS
from shared.serving.parameters import (
    DEFAULT_PAGE,
    MAX_FILM_ID,
    MAX_PAGE,
    MAX_QUERY_CHARS,
    MAX_REVIEWER_CHARS,
    REPORTS,
    RUN_ID,
    RefreshBody,
)
from shared.serving.reviews import models as reviews

HTML, TEXT = "text/html", "text/plain"

_RUN = Parameter("run_id", "path", {"type": "string", "pattern": RUN_ID}, "Id of a run", True)
_LIMIT = Parameter(
    "limit",
    "query",
    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE},
    "Entries at most",
)
_BEFORE = Parameter("before", "query", {"type": "string", "pattern": RUN_ID}, "The `next` of the page before")
_QUERY = Parameter(
    "q",
    "query",
    {"type": "string", "minLength": 1, "maxLength": MAX_QUERY_CHARS},
    "Words of a film's or a record's title, or of an artist's name; three letters of a word are enough",
    True,
)
_FILM = Parameter(
    "film", "query", {"type": "integer", "minimum": 1, "maximum": MAX_FILM_ID}, "TMDB id of a film", True
)
_REVIEWER = Parameter(
    "reviewer",
    "query",
    {"type": "string", "minLength": 1, "maxLength": MAX_REVIEWER_CHARS},
    "Who asks: pairs that they skipped since the last run are left out",
)
_SINCE = Parameter(
    "since", "query", {"type": "string", "pattern": RUN_ID}, "The run that the links at hand are of", True
)
_CHANGES = Parameter(
    "limit",
    "query",
    {"type": "integer", "minimum": 1, "maximum": MAX_CHANGES, "default": DEFAULT_CHANGES},
    "Changes at most",
)
_AFTER = Parameter("after", "query", {"type": "string", "pattern": CURSOR}, "The `next` of the page before")
_REPORT = Parameter("report", "path", {"type": "string", "enum": list(REPORTS)}, "Whose report", True)
_FILE = Parameter("file", "path", {"type": "string"}, "Name of a file of the page", True)
_BAD, _NO_RUN, _IN_THE_WAY, _DOWN = (
    {400: answers.BadRequest},
    {404: answers.RunProblem},
    {409: answers.RunProblem},
    {503: answers.Unavailable},
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "plan_on_request",
        "post",
        "refresh",
        "Begin a run now",
        {202: answers.RunBegun, **_BAD, **_IN_THE_WAY, **_DOWN},
        body=RefreshBody,
    ),
    Endpoint(
        "list_runs",
        "get",
        "runs",
        "The newest runs",
        {200: run_answers.RunPage, **_BAD, **_DOWN},
        (_LIMIT, _BEFORE),
    ),
    Endpoint(
        "get_run",
        "get",
        "runs/{run_id}",
        "One run: progress, stages, findings, failures, lineage",
        {200: run_answers.RunDetail, **_NO_RUN, **_DOWN},
        (_RUN,),
    ),
    Endpoint(
        "replay_run",
        "post",
        "runs/{run_id}/replay",
        "Send again what an ended run could not do; 200 when nothing is left to do",
        {
            200: answers.NothingToReplay,
            202: answers.ReplayBegun,
            **_NO_RUN,
            **_IN_THE_WAY,
            **_DOWN,
        },
        (_RUN,),
    ),
    Endpoint(
        "cancel_run",
        "post",
        "runs/{run_id}/cancel",
        "Stop a run; one that has ended stays as it is",
        {200: answers.RunStopped, **_NO_RUN, **_DOWN},
        (_RUN,),
    ),
    Endpoint(
        "get_report",
        "get",
        "runs/{run_id}/reports/{report}",
        "A report as a page of its own: quality by the silver job, films and music by the gold job",
        {200: HTML, **_BAD, **_NO_RUN, **_DOWN},
        (_RUN, _REPORT),
    ),
    Endpoint(
        "search_films",
        "get",
        "search",
        "Films and their records, with the evidence of each match, and records of no film",
        {200: answers.SearchAnswer, **_BAD, **_DOWN},
        (_QUERY, _LIMIT),
    ),
    *LOOKUPS,
    Endpoint(
        "next_review",
        "get",
        "reviews/next",
        "The pair of film and record that is most worth a person's look",
        {200: reviews.NextReview, **_BAD, **_DOWN},
        (_REVIEWER,),
    ),
    Endpoint(
        "keep_review",
        "post",
        "reviews",
        "Say whether a record is of a film; 200 when this very review is kept already",
        {200: reviews.ReviewKept, 201: reviews.ReviewKept, **_BAD, **_DOWN},
        body=reviews.ReviewBody,
    ),
    Endpoint(
        "list_reviews",
        "get",
        "reviews",
        "All reviews of a film's records, and what holds of each pair",
        {200: reviews.FilmReviews, **_BAD, **_DOWN},
        (_FILM,),
    ),
    Endpoint(
        "list_changes",
        "get",
        "changes",
        "What changed in the links since a run, each change with why",
        {200: ChangesAnswer, **_BAD, **_NO_RUN, **_DOWN},
        (_SINCE, _CHANGES, _AFTER),
    ),
    Endpoint(
        "get_health",
        "get",
        "health",
        "Each dependency with its latency; 503 when one is down",
        {200: answers.Health, 503: answers.Health},
    ),
    Endpoint("list_alerts", "get", "alerts", "The open alerts", {200: answers.OpenAlerts, **_DOWN}),
    Endpoint("get_openapi", "get", "openapi.json", "This document", {200: "application/json"}),
    Endpoint("get_dashboard", "get", "dashboard", "The dashboard, a page", {200: HTML}, is_open=True),
    Endpoint(
        "get_dashboard_file",
        "get",
        "dashboard/{file}",
        "A style sheet, script or picture of the dashboard",
        {200: "*/*", 404: TEXT},
        (_FILE,),
        is_open=True,
    ),
)
_BY_FUNCTION = {endpoint.function: endpoint for endpoint in ENDPOINTS}


def endpoint_of(function: str) -> Endpoint:
    """The endpoint of an HTTP function; KeyError when the table has none of that name."""
    return _BY_FUNCTION[function]
