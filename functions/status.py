"""GET runs, runs/{run_id}, its reports, alerts, search, changes, reviews, health, openapi.json. POST reviews."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import azure.functions as func

from functions.answers import NEVER_KEPT, Reply, does_not_load
from functions.triggers import endpoint, page_endpoint, services
from shared.errors import InvalidSettings
from shared.serving.answers import Health
from shared.serving.feed.changes import DEFAULT_CHANGES, MAX_CHANGES, parse_after
from shared.serving.openapi import document
from shared.serving.parameters import (
    parse_before,
    parse_body,
    parse_film,
    parse_limit,
    parse_query,
    parse_report,
    parse_reviewer,
    parse_run_id,
    parse_since,
)
from shared.serving.reviews.models import ReviewBody

if TYPE_CHECKING:
    from shared.services import Services

blueprint = func.Blueprint()
# A report is data: it may style itself, and do nothing else.
REPORT_HEADERS = NEVER_KEPT | {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
}


@endpoint(blueprint)
async def list_runs(app: Services, req: func.HttpRequest) -> Reply:
    """The newest runs; `limit` and `before` page through older ones."""
    limit, before = parse_limit(req.params.get("limit")), parse_before(req.params.get("before"))
    return await app.run_reader.runs(limit, before)


@endpoint(blueprint)
async def get_run(app: Services, req: func.HttpRequest) -> Reply:
    """One run: state, progress, stages, findings, failures, lineage."""
    return await app.run_reader.run(parse_run_id(req.route_params["run_id"]))


@endpoint(blueprint)
async def get_report(app: Services, req: func.HttpRequest) -> Reply:
    """A report of the silver or the gold job, as HTML that runs no script."""
    run_id, report = parse_run_id(req.route_params["run_id"]), parse_report(req.route_params["report"])
    page = await app.run_reader.report(run_id, report)
    return func.HttpResponse(page, mimetype="text/html", headers=REPORT_HEADERS)


@endpoint(blueprint)
async def list_alerts(app: Services, req: func.HttpRequest) -> Reply:
    """The open alerts."""
    return await app.run_reader.alerts()


@endpoint(blueprint)
async def search_films(app: Services, req: func.HttpRequest) -> Reply:
    """Films by the words of their titles or of their records', with the evidence of the matches."""
    query, limit = parse_query(req.params.get("q")), parse_limit(req.params.get("limit"))
    return await app.lookup.search.find(query, limit)


@endpoint(blueprint)
async def next_review(app: Services, req: func.HttpRequest) -> Reply:
    """The pair that is most worth a person's look."""
    return await app.reviews.next(parse_reviewer(req.params.get("reviewer")))


@endpoint(blueprint)
async def keep_review(app: Services, req: func.HttpRequest) -> Reply:
    """Keep what a person says of a pair: 201, or 200 when this review is kept already."""
    kept, is_new = await app.reviews.keep(parse_body(req.get_body(), ReviewBody))
    return (201 if is_new else 200), kept


@endpoint(blueprint)
async def list_reviews(app: Services, req: func.HttpRequest) -> Reply:
    """All reviews of a film's records."""
    return await app.reviews.of_film(parse_film(req.params.get("film")))


@endpoint(blueprint)
async def list_changes(app: Services, req: func.HttpRequest) -> Reply:
    """What changed in the links since a run, each change with why; `limit` and `after` page through them."""
    since, after = parse_since(req.params.get("since")), parse_after(req.params.get("after"))
    limit = parse_limit(req.params.get("limit"), DEFAULT_CHANGES, MAX_CHANGES)
    return await app.change_log.since(since, after, limit)


@page_endpoint(blueprint)
async def get_health(req: func.HttpRequest) -> Reply:
    """Each dependency with its latency: 200 when all are there, 503 when one is not, or a setting is wrong."""
    try:
        app = services()
        checker = app.health
    except InvalidSettings as error:
        return 503, Health.not_started("settings", str(error), datetime.now(UTC))
    except ImportError as error:
        return 503, Health.not_started("packages", does_not_load(error), datetime.now(UTC))
    with app.telemetry.span("get_health"):
        health = await checker.check()
    return (200 if health.status == "ok" else 503), health


@page_endpoint(blueprint)
async def get_openapi(req: func.HttpRequest) -> Reply:
    """The OpenAPI 3.1 document."""
    return func.HttpResponse(json.dumps(document()), mimetype="application/json", headers=NEVER_KEPT)
