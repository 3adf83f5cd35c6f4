"""`make bundle-check`: deploy, run and destroy the bundle with the Databricks CLI, on a stack of this machine."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import httpx

from local.arguments import interruptible
from local.bundle.this_machine import GOLD, SILVER, TARGET
from local.bundle_check.cli import CheckError, Cli, check_out, environment, find_cli
from local.bundle_check.flow import Flow
from local.console.client import RefusedError, RunsClient, follow
from local.stack import Stack, StackError
from local.wiring import ROOT, StackOptions

FILMS = RELEASES = 50


def main() -> int:
    """0 when everything holds, or when there is no CLI; 1 with what failed on stderr."""
    try:
        program = find_cli()
        if program is None:
            print("bundle-check: skipped: there is no databricks on the PATH (1.22 or newer)")
            return 0
        with interruptible(), tempfile.TemporaryDirectory() as folder:
            check(program, Path(folder))
    except (CheckError, StackError, RefusedError, httpx.HTTPError) as error:
        print(f"bundle-check: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bundle-check: interrupted; everything it started is stopped", file=sys.stderr)
        return 130
    return 0


def check(program: Path, folder: Path) -> None:
    """Start a stack whose jobs the CLI deploys, refresh with them, and go on with the CLI. Raises as `main` says."""
    flows: list[Flow] = []

    def deploy(stack: Stack) -> dict[str, str]:
        flows.append(flow_of(stack, program, folder))
        return flows[0].deploy()

    options = StackOptions(
        state_dir=folder / "state", films=FILMS, releases=RELEASES, tmdb_per_s=200.0, discogs_per_min=1200.0
    )
    with Stack(options, environ={}, deploy=deploy) as stack:
        run_id = refreshed(stack)
        say(f"refresh: the app started both stages' jobs, and run {run_id} is completed")
        flows[0].run((SILVER, GOLD), run_id)
        flows[0].deploy_again()
        flows[0].destroy()


def flow_of(stack: Stack, program: Path, folder: Path) -> Flow:
    """The CLI as the stack's two deployers use it."""
    host, values = stack.parts["databricks"].url, stack.wiring.bundle_variables
    tokens = {
        "first": stack.credentials.databricks_token,
        "second": stack.credentials.second_databricks_token,
    }
    users = {
        name: Cli(
            program,
            check_out(ROOT, folder / name, TARGET, values),
            TARGET,
            environment(folder / f"home of {name}", host, token),
        )
        for name, token in tokens.items()
    }
    return Flow(users["first"], users["second"], say)


def refreshed(stack: Stack) -> str:
    """A run of everything, followed to its end. Raises CheckError when it does not complete."""
    with RunsClient(stack.url, stack.credentials.host_key) as client:
        run_id = client.refresh()
        status = follow(client, run_id, lambda _: None, stack.check)
    if status["status"] != "completed":
        raise CheckError(f"run {run_id}: {status['status']}: {status.get('reason') or 'no reason given'}")
    return run_id


def say(line: str) -> None:
    """Print what has been shown, at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
