"""The project's own bundle, with values for its variables, deployed to a workspace of one test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local.bundle.deploying import Deployment
from local.bundle.remote.workspace import Workspace
from tests.builders.declared_tree import ROOT
from tests.builders.workspace import ANNA, APP, BEN, ROBOT, LocalWorkspace

FOLDER = ROOT / "infrastructure"
VALUES: dict[str, Any] = {
    "lake": "lake",
    "catalog": "films",
    "credential": "films",
    "insights": "InstrumentationKey=k",
    "app_client_id": APP,
    "spark_client_id": ROBOT,
    "deployer": ANNA,
    "job_permissions": [
        {"level": "IS_OWNER", "service_principal_name": ROBOT},
        {"level": "CAN_MANAGE", "user_name": ANNA},
        {"level": "CAN_MANAGE", "user_name": BEN},
        {"level": "CAN_MANAGE_RUN", "service_principal_name": APP},
    ],
}


def bundle(
    local: LocalWorkspace | Workspace,
    wheel: Path,
    target: str = "dev",
    caller: str = ANNA,
    folder: Path = FOLDER,
) -> Deployment:
    """The bundle of a target as a caller deploys it; `folder` is that of another checkout."""
    workspace = local.workspace(caller) if isinstance(local, LocalWorkspace) else local
    return Deployment.of(workspace, folder, target, VALUES, wheel)
