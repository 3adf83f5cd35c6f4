"""What the host says when an app cannot be started."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.local.host.process import ROOT, HostApp

TIMER = """
@app.timer_trigger(arg_name="timer", schedule="%PLAN_SCHEDULE%")
def plan_on_timer(timer: func.TimerRequest) -> None: ...
"""
BUS = """
@app.service_bus_queue_trigger(arg_name="m", queue_name="q", connection="SERVICEBUS", cardinality="many")
def fetch(m: {annotation}) -> None: ...
"""
STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}


def start(app: HostApp, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "local.host", "--app-root", str(app.root), *arguments]
    return subprocess.run(argv, cwd=ROOT, env=app.child().env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("code", "settings", "words"),
    [
        (TIMER, STORAGE, "function plan_on_timer: the setting PLAN_SCHEDULE"),
        (
            TIMER,
            {"PLAN_SCHEDULE": "0 * * * * *"},
            "function plan_on_timer: the connection setting AzureWebJobsStorage",
        ),
        (TIMER, STORAGE | {"PLAN_SCHEDULE": "often"}, "function plan_on_timer: the schedule 'often'"),
        (
            BUS.format(annotation="typing.List[func.ServiceBusMessage]"),
            {},
            "connection setting SERVICEBUS is missing",
        ),
        (
            BUS.format(annotation="list[func.ServiceBusMessage]"),
            {},
            "cannot load the fetch function: binding m has invalid non-type annotation",
        ),
    ],
)
def test_an_app_that_cannot_run_gets_one_line(
    tmp_path: Path, code: str, settings: dict[str, str], words: str
) -> None:
    """Exit code 2, nothing on stdout, and the last line names function and cause."""
    ended = start(HostApp(tmp_path / "app", code).setting(**settings), "--port", "0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr.splitlines()[-1] and "Traceback" not in ended.stderr


def test_an_app_that_cannot_be_imported_shows_its_traceback(tmp_path: Path) -> None:
    """The app's own traceback, then one clear line."""
    ended = start(HostApp(tmp_path / "app", "raise RuntimeError('no vault')"), "--port", "0")
    assert ended.returncode == 2
    assert "in <module>" in ended.stderr
    assert ended.stderr.splitlines()[-1].endswith("cannot be imported: RuntimeError: no vault")


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    """No traceback, exit code 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = start(HostApp(tmp_path / "app", TIMER), "--port", port)
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        f"local.host: cannot listen on 127.0.0.1:{port}: Address already in use"
    ]
