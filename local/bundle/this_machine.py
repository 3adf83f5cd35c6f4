"""What the bundle's variables are on one machine, where the lake is a folder and nobody but us deploys."""

from __future__ import annotations

from typing import Any

DEPLOYER = "local@crossfade"
SECOND_DEPLOYER = "11111111-1111-4111-8111-111111111111"
JOBS_IDENTITY = "22222222-2222-4222-8222-222222222222"
APP = "33333333-3333-4333-8333-333333333333"
"""Application ids of service principals: who else may deploy, whom the jobs run as, and the function app."""

TARGET = "dev"
SILVER, GOLD, BULK = "crossfade_silver", "crossfade_gold", "crossfade_bulk"
"""Keys of the bundle's jobs."""


def variables(telemetry: str = "") -> dict[str, Any]:
    """Values of the bundle's variables; `telemetry` is where jobs send their spans."""
    return {
        "lake": "lake",
        "catalog": "crossfade",
        "credential": "crossfade",
        "insights": telemetry,
        "app_client_id": APP,
        "spark_client_id": JOBS_IDENTITY,
        "deployer": DEPLOYER,
        "job_permissions": [
            {"level": "IS_OWNER", "service_principal_name": JOBS_IDENTITY},
            {"level": "CAN_MANAGE", "user_name": DEPLOYER},
            {"level": "CAN_MANAGE", "service_principal_name": SECOND_DEPLOYER},
            {"level": "CAN_MANAGE_RUN", "service_principal_name": APP},
        ],
    }
