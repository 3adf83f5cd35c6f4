"""Who the caller is, and what a host says of itself before anybody signs in."""

from __future__ import annotations

from local.databricks.api.calls import Call, Endpoints
from local.databricks.workspace.database import Json

WORKSPACE_ID = 4711


def host_metadata(base_url: str) -> Json:
    """What the SDK and the CLI ask a host first; `bundle summary` needs the workspace's id from it."""
    return {"oidc_endpoint": f"{base_url}/oidc", "workspace_id": str(WORKSPACE_ID)}


def endpoints() -> Endpoints:
    """The one call of SCIM that clients make."""
    return [("GET", "2.0/preview/scim/v2/Me", _me)]


def _me(call: Call) -> Json:
    return {"id": call.caller, "userName": call.caller, "displayName": call.caller, "active": True}
