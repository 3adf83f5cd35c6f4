"""Microsoft's JavaScript SDK on the emulator: what it does and understands, check by check."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.machine.servers import find_node
from local.machine.steps import Stamp, digest_of
from local.setup import npm_command
from tests.integration.local.servicebus.emulator import ROOT

from .sdk import DEADLINE_S, ask, last_line

HERE = Path(__file__).with_name("javascript")
INSTALLED = ROOT / ".local" / "judges" / "servicebus-javascript"
MANIFESTS = [HERE / "package.json", HERE / "package-lock.json"]
PACKAGE = "@azure/service-bus"
VERSION = json.loads(MANIFESTS[0].read_text())["dependencies"][PACKAGE]
CHECKS = [
    "a message arrives as it was sent",
    "a message without an id gets one",
    "a batch keeps its order",
    "receive and delete",
    "a subscription gets what comes and completes it",
    "peeking goes on by number and locks nothing",
    "abandoning keeps the properties to modify",
    "deferring keeps the properties to modify",
    "a deferred message is abandoned, renewed and dead-lettered by request",
    "dead-lettering keeps reason, description and properties",
    "a scheduled message waits, and can be taken back once",
    "a scheduled message comes when it is due",
    "renewing a lock moves its end",
    "a message id seen before is dropped",
    "too many deliveries make a dead letter",
    "a session has its own messages, in order",
    "a session lock is renewed",
    "a session keeps its state",
    "a deferred message of a session comes by number",
    "a message without a session id is refused as an invalid operation",
    "each send of a moment is told its own outcome",
    "a lost lock is told when settling",
    "a lost session is told when renewing",
    "a session held elsewhere cannot be locked",
    "a queue that is not there is named",
    "a message that is too large is refused",
    "a receiver without a session is refused where sessions are required",
    "sequence numbers grow",
]

pytestmark = [pytest.mark.judge(PACKAGE, VERSION), pytest.mark.timeout(DEADLINE_S + 200)]


@pytest.fixture(scope="module")
def modules() -> Path:
    """The node_modules with the SDK, installed once for each lock file."""
    stamp = Stamp(INSTALLED / ".installed", digest_of(MANIFESTS))
    if not stamp.is_current():
        INSTALLED.mkdir(parents=True, exist_ok=True)
        for manifest in MANIFESTS:
            shutil.copy(manifest, INSTALLED)
        npm, environment = npm_command(ROOT, Path(sys.executable))
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        run = subprocess.run(
            [*npm, *arguments], cwd=INSTALLED, env=environment, capture_output=True, text=True
        )
        if run.returncode:
            pytest.skip(f"npm could not install {PACKAGE} {VERSION}: {last_line(run.stderr)}")
        stamp.write()
    return INSTALLED / "node_modules"


@pytest.fixture(scope="module")
def judged(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What was wrong with each check; an empty text where it was right."""
    command = [find_node(), HERE / "judge.mjs", "{connection_string}", "{control_url}", modules]
    return ask(command, tmp_path_factory.mktemp("servicebus"))


@pytest.mark.parametrize("check", CHECKS)
def test_sdk_is_content(judged: dict[str, str], check: str) -> None:
    """The SDK finds what it expects of the service."""
    assert judged[check] == ""


def test_no_check_is_forgotten(judged: dict[str, str]) -> None:
    """Each check of the script is one that is looked at here."""
    assert list(judged) == CHECKS
