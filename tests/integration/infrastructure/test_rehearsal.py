"""The rehearsal: what it tries a deployment with, and that nothing stays behind however it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cost import __main__ as cost
from local.cost.workload import DAYS_A_MONTH, HOURS_A_MONTH
from local.settings_check import problems
from tests.builders.declared_tree import ROOT
from tests.fakes.loopback import Answer, Loopback

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/rehearsal.yml").read_text())
JOB = WORKFLOW["jobs"]["rehearsal"]
STEPS = JOB["steps"]
KEY = "function-key"
RUN = "20261120T063000Z-7f3a"


class App(Loopback):
    """An app that comes up at the second look and goes through a run's states, one at each look.

    Attributes:
        states: what is left of them; the last stays.
        begun: what runs were asked for with.
    """

    def __init__(self, *states: str) -> None:
        super().__init__()
        self.states = list(states)
        self.begun: list[dict[str, Any]] = []
        self.looks = 0

    def answer(self, path: str, headers: dict[str, str], sent: dict[str, Any]) -> Answer:
        if headers.get("X-Functions-Key") != KEY:
            return 401, {}
        if path == "/api/health":
            self.looks += 1
            down = {"name": "vault", "status": "down", "detail": "no role yet"}
            return (503, {"dependencies": [down]}) if self.looks == 1 else (200, {"status": "ok"})
        if path == "/api/refresh":
            self.begun.append(sent)
            return 202, {"run_id": RUN, "state": "planning"}
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return 200, {"run_id": RUN, "state": state, "reason": "because" if state == "failed" else None}


def tried(app: App, *arguments: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "infrastructure/try_deployment.py"), app.url, "--pause-s", "0"]
    with app.running():
        return subprocess.run(
            [*command, *arguments],
            env={**os.environ, "FUNCTION_KEY": key},
            capture_output=True,
            text=True,
            timeout=60,
        )


def test_a_deployment_that_works_is_told_so() -> None:
    """Down at first, then healthy; one page of each list is asked for, and each state is said once."""
    app = App("planning", "ingesting", "ingesting", "silver", "gold", "completed")
    done = tried(app)
    assert done.returncode == 0, done.stderr
    assert app.begun == [{"max_pages": 1}]
    states = [line.rpartition(": ")[2] for line in done.stdout.splitlines() if line.startswith(RUN)]
    assert states == ["planning", "ingesting", "silver", "gold", "completed"]
    assert "not healthy yet: vault: no role yet" in done.stdout


def test_a_run_that_fails_fails_the_rehearsal() -> None:
    """With the reason that the app gives."""
    done = tried(App("silver", "failed"))
    assert done.returncode == 1 and f"crossfade: {RUN} failed: because" in done.stderr


def test_a_key_that_is_refused_is_not_waited_for() -> None:
    """No quarter of an hour for an answer that stays the same."""
    app = App("planning")
    done = tried(app, key="another")
    assert done.returncode == 1 and "the app is not healthy: 401" in done.stderr and app.begun == []


def test_health_alone_begins_no_run() -> None:
    """What a look at a deployment in use wants."""
    app = App("planning")
    assert tried(app, "--health").returncode == 0 and app.begun == []


def test_the_steps_are_those_of_a_whole_life() -> None:
    """What would be made, a deployment, a run, a second deployment, a run; then it is removed, whatever came before."""
    runs = [step.get("run", "") for step in STEPS]
    wanted = (
        "what-if",
        "azd up",
        "try_deployment.py",
        "azd up",
        "try_deployment.py",
        "azd down --purge --force",
        "az group exists",
    )
    place = -1
    for word in wanted:
        place = next(i for i, run in enumerate(runs) if i > place and word in run)
    first = next(i for i, run in enumerate(runs) if "azd up" in run)
    last_deployment = max(i for i, run in enumerate(runs) if "try_deployment" in run)
    assert first < last_deployment
    assert all(step.get("if") == "always()" for step in STEPS[last_deployment + 1 :])
    assert not any("if" in step for step in STEPS[: last_deployment + 1])


def test_it_begins_by_hand_alone_and_reads_no_catalog_whole() -> None:
    """Nobody's push costs money; the timer, which would begin full runs, comes once a year."""
    assert list(WORKFLOW[True]) == ["workflow_dispatch"]  # YAML takes `on` for true
    settings = JOB["env"]["CROSSFADE_APP_SETTINGS"]
    assert problems({"CROSSFADE_APP_SETTINGS": settings}) == []
    assert json.loads(settings)["PLAN_SCHEDULE"].split()[3:5] == ["1", "1"]


def test_it_costs_less_than_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    """By the cost model: three hours of what an idle environment costs, and two runs of one page of each list."""

    def month(runs_per_day: int) -> float:
        small = ["--stage", "test", "--films", "20", "--releases", "100", "--runs-per-day", str(runs_per_day)]
        assert cost.main([*small, "--json"]) == 0
        return float(json.loads(capsys.readouterr().out)["total"])

    idle = month(0)
    estimate = idle / HOURS_A_MONTH * 3 + (month(1) - idle) / DAYS_A_MONTH * 2
    assert "| cost | under one US dollar" in (ROOT / "docs/deploy.md").read_text()
    assert 0.1 < estimate < 1.0


@pytest.mark.parametrize("there", ["true", "false"])
def test_what_azd_leaves_is_said_and_removed(tmp_path: Path, there: str) -> None:
    """A group that is still there is deleted by name, and the rehearsal fails."""
    calls = tmp_path / "calls"
    fake = tmp_path / "az"
    fake.write_text(f'#!/bin/sh\necho "$*" >> {calls}\ncase "$*" in *"group exists"*) echo {there};; esac\n')
    fake.chmod(0o755)
    (step,) = [step["run"] for step in STEPS if step.get("name") == "Nothing is left"]
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "AZURE_ENV_NAME": "rehearsal-7",
        "AZURE_SUBSCRIPTION_ID": "s",
    }
    command = ["bash", "--noprofile", "--norc", "-e", "-c", step]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    deleted = [call for call in calls.read_text().splitlines() if "group delete" in call]
    assert (done.returncode, len(deleted)) == ((1, 2) if there == "true" else (0, 0))
    assert all("--subscription s" in call for call in calls.read_text().splitlines())
