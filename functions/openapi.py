"""GET openapi.json: what the HTTP functions take and answer."""

import json

import azure.functions as func

from functions.answers import NEVER_KEPT
from shared.serving.openapi import document

blueprint = func.Blueprint()


@blueprint.function_name("get_openapi")
@blueprint.route(route="openapi.json", methods=["GET"])
async def get_openapi(req: func.HttpRequest) -> func.HttpResponse:
    """The OpenAPI 3.1 document."""
    return func.HttpResponse(json.dumps(document()), mimetype="application/json", headers=NEVER_KEPT)
