"""Command line of the deployer; `--help` tells its arguments."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from local.bundle.deploying import Deployment
from local.bundle.errors import BundleError
from local.bundle.remote.workspace import Workspace
from local.bundle.this_machine import TARGET, variables
from local.bundle.wheel import wheel_of

ROOT = Path(__file__).resolve().parents[2]
_TOKEN_VARIABLE = "DATABRICKS_TOKEN"  # noqa: S105 (the name of a variable)
_TELEMETRY_VARIABLE = "APPLICATIONINSIGHTS_CONNECTION_STRING"


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is asked for: 0 when done, 1 with one line on stderr when not."""
    arguments = _parser().parse_args(argv)
    token = os.environ.get(_TOKEN_VARIABLE)
    if not token:
        print(f"bundle: set {_TOKEN_VARIABLE}: the bearer token of the workspace", file=sys.stderr)
        return 1
    workspace = Workspace.at(arguments.host, token)
    try:
        return _do(arguments.command, workspace, arguments.target)
    except BundleError as error:
        print(f"bundle: {error}", file=sys.stderr)
        return 1
    finally:
        workspace.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.bundle",
        description="The Databricks bundle on the workspace of one machine, deployed as the Databricks CLI would. "
        f"The bearer token is read from {_TOKEN_VARIABLE}, where jobs send their spans from {_TELEMETRY_VARIABLE}.",
    )
    parser.add_argument("command", choices=["plan", "deploy", "summary", "destroy"])
    parser.add_argument("--host", default="http://127.0.0.1:8900", help="address of local.databricks")
    parser.add_argument("--target", default=TARGET, help="target of the bundle")
    return parser


def _do(command: str, workspace: Workspace, target: str) -> int:
    values = variables(os.environ.get(_TELEMETRY_VARIABLE, ""))
    deployment = Deployment.of(workspace, ROOT / "infrastructure", target, values, wheel_of(ROOT))
    actions = {"plan": deployment.plan, "deploy": deployment.deploy, "destroy": deployment.destroy}
    if command in actions:
        steps = actions[command]()
        print("\n".join([*(f"{step.action} {step.key}" for step in steps), f"{len(steps)} changes"]))
    if command in ("deploy", "summary"):
        print("\n".join(f"{key} {id_}" for key, id_ in sorted(deployment.ids().items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
