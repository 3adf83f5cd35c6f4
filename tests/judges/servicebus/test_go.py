"""Microsoft's Go SDK on the emulator. It reads answers as strictly as .NET: a wrong type or settle mode ends it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.local.servicebus.emulator import ROOT

from .sdk import DEADLINE_S, ask, last_line

HERE = Path(__file__).with_name("go")
PROGRAM = ROOT / ".local" / "judges" / "servicebus-go" / "judge"
PACKAGE = "azservicebus"
VERSION = re.findall(rf"/{PACKAGE} v(\S+)", (HERE / "go.mod").read_text())[0]
BUILD_DEADLINE_S = 900
CHECKS = [
    "a message arrives as it was sent",
    "abandoning keeps the properties to modify",
    "deferring keeps the properties to modify",
    "dead-lettering keeps reason, description and properties",
    "a scheduled message waits, and can be taken back",
    "peeking locks nothing",
    "renewing a lock moves its end",
    "a session is renewed and keeps its state",
    "a message without a session id is refused",
    "a queue that is not there is refused",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.judge(f"{PACKAGE} (Go)", VERSION),
    pytest.mark.timeout(BUILD_DEADLINE_S + DEADLINE_S),
]


@pytest.fixture(scope="module")
def program() -> Path:
    """The program, built from pinned modules; the build is quick where nothing changed."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no go on the PATH")
    # The machine's own toolchain or none: another one would be fetched behind our back.
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    build = subprocess.run(
        [go, "build", "-o", PROGRAM, "."],
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_DEADLINE_S,
    )
    if build.returncode:
        pytest.skip(f"go could not build with {PACKAGE} {VERSION}: {last_line(build.stderr)}")
    return PROGRAM


@pytest.fixture(scope="module")
def judged(program: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What was wrong with each check; an empty text where it was right."""
    command = [program, "{connection_string}", "{control_url}"]
    return ask(command, tmp_path_factory.mktemp("servicebus"))


@pytest.mark.parametrize("check", CHECKS)
def test_sdk_is_content(judged: dict[str, str], check: str) -> None:
    """The SDK finds what it expects of the service."""
    assert judged[check] == ""


def test_no_check_is_forgotten(judged: dict[str, str]) -> None:
    """Each check of the program is one that is looked at here."""
    assert list(judged) == CHECKS
