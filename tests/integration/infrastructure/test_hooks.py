"""The hooks of azd and deploy.sh, with commands that only write down how they were called."""

from __future__ import annotations

import json
import os
import pty
import shutil
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from tests.builders.declared_tree import ROOT

HOOKS = ROOT / "infrastructure" / "hooks"
SUBSCRIPTION = "subscription-of-dev"
SECRET = "typed-by-a-person"  # noqa: S105 - a word to look for
# Each fake writes its name, its arguments and what it was fed; what it answers is in answers/, by a word in its call.
FAKE = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in */dev/stdin*) echo "fed $(cat)" >> "$CALLS";; esac
for answer in "$ANSWERS"/*; do
  case "$*" in *"$(basename "$answer")"*) cat "$answer"; exit 0;; esac
done
case "$*" in
*"keyvault secret show"*) echo "ERROR: (SecretNotFound) A secret of this name was not found." >&2; exit 3;;
esac
"""
SUMMARY = {
    "resources": {
        "jobs": {
            f"crossfade_{name}": {"id": str(number)}
            for number, name in enumerate(("silver", "gold", "bulk"), 11)
        }
    }
}
OUTPUTS = {
    "azurE_RESOURCE_GROUP": {"value": "rg"},
    "CROSSFADE_FUNCTION_APP": {"value": "func"},
    "CROSSFADE_FUNCTION_URL": {"value": "https://func"},
    "CROSSFADE_APP_CLIENT_ID": {"value": "app-id"},
    "CROSSFADE_LAKE": {"value": "lake"},
    "CROSSFADE_INSIGHTS": {"value": "InstrumentationKey=0;IngestionEndpoint=https://insights.invalid/"},
    "CROSSFADE_VAULT": {"value": "kv"},
    "CROSSFADE_EVENT_TOPIC": {"value": "topic"},
    "CROSSFADE_DATABRICKS_URL": {"value": "https://adb"},
    "CROSSFADE_DATABRICKS_ID": {"value": "/ws"},
    "CROSSFADE_CATALOG": {"value": "crossfade_dev"},
    "CROSSFADE_SPARK_CLIENT_ID": {"value": "spark-id"},
    "CROSSFADE_LAKE_CONNECTOR": {"value": "/lake-connector"},
    "CROSSFADE_INSIGHTS_CONNECTOR": {"value": "/insights-connector"},
}
ANSWERS = {
    "bundle summary": json.dumps(SUMMARY),
    "account show": "tenant",
    "current-user me": '{"userName": "first@example.org"}',
    "service-principals list": "[]",
    "storage-credentials list": "[]",
    "credentials list-credentials": "[]",
    "deployment sub create": json.dumps(OUTPUTS),
    "functionapp function list": "22",
}


class Shell:
    """Runs scripts of a copy of infrastructure/ with fake commands on the path."""

    def __init__(self, root: Path) -> None:
        self.root, self.calls_path = root, root / "calls"
        shutil.copytree(ROOT / "infrastructure", root / "infrastructure")
        for name in ("local", "shared"):  # the settings class, and the check of settings
            (root / name).symlink_to(ROOT / name)
        (root / "answers").mkdir()
        (root / "bin").mkdir()
        for name, text in ANSWERS.items():
            (root / "answers" / name).write_text(text)
        for name in ("az", "azd", "databricks", "git"):
            fake = root / "bin" / name
            fake.write_text(FAKE)
            fake.chmod(fake.stat().st_mode | stat.S_IXUSR)

    @property
    def environment(self) -> dict[str, str]:
        values = {name.upper(): output["value"] for name, output in OUTPUTS.items()}
        paths = {"CALLS": str(self.calls_path), "ANSWERS": str(self.root / "answers")}
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"AZURE_ENV_NAME": "dev", "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION, "CROSSFADE_PAUSE_S": "0"}
        python = {"CROSSFADE_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1"}
        return {"PATH": path, **values, **paths, **own, **python}

    def run(self, script: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        wanted = {**self.environment, **changes}
        env = {name: value for name, value in wanted.items() if value is not None}
        command = ["/bin/sh", str(self.root / "infrastructure" / script)]
        return subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    @property
    def calls(self) -> list[str]:
        return self.calls_path.read_text().splitlines() if self.calls_path.exists() else []

    @property
    def text(self) -> str:
        """All calls as they were made, for arguments of several lines."""
        return "\n".join(["", *self.calls])

    def answer(self, name: str, text: str | None) -> None:
        path = self.root / "answers" / name
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def first_of_month() -> str:
    return f"{datetime.now(UTC):%Y-%m}-01"


def budget_starts(shell: Shell, kept: str | None) -> str | None:
    """What the hook makes of the first day it remembers: the value kept anew; None when it stands."""
    before = len(shell.calls)
    done = shell.run("hooks/preprovision.sh", CROSSFADE_BUDGET_START=kept)
    assert done.returncode == 0, done.stderr
    told = [call for call in shell.calls[before:] if call.startswith("azd env set CROSSFADE_BUDGET_START ")]
    assert len(told) <= 1
    return told[0].rpartition(" ")[2] if told else None


def test_a_budget_that_is_there_keeps_its_first_day(shell: Shell) -> None:
    """Azure lets no first day be changed: in any later month the one it has is given again."""
    shell.answer("group exists", "true")
    shell.answer("timePeriod.startDate", "2026-01-01T00:00:00Z")
    assert budget_starts(shell, kept=None) == "2026-01-01"
    assert budget_starts(shell, kept="2026-01-01") is None
    assert budget_starts(shell, kept=first_of_month()) == "2026-01-01"
    (asked,) = {call for call in shell.calls if "Microsoft.Consumption/budgets" in call}
    assert "resourceGroups/rg-crossfade-dev/" in asked and "budget-crossfade-dev" in asked


@pytest.mark.parametrize("group", ["true", "false"])
def test_a_new_budget_begins_this_month(shell: Shell, group: str) -> None:
    """Azure refuses a first day before this month: one that is remembered from before a removal is not taken."""
    shell.answer("group exists", group)
    assert budget_starts(shell, kept=None) == first_of_month()
    assert budget_starts(shell, kept="2026-01-01") == first_of_month()
    assert budget_starts(shell, kept=first_of_month()) is None


@pytest.mark.parametrize("question", ["group exists", "Microsoft.Consumption/budgets"])
def test_a_budget_that_cannot_be_asked_for_stops_the_deployment(shell: Shell, question: str) -> None:
    """Not taken for one that is not there: the wrong day would fail the deployment half way."""
    shell.answer("group exists", "true")
    fake = shell.root / "bin" / "az"
    fake.write_text(f'#!/bin/sh\ncase "$*" in *"{question}"*) exit 1;; esac\n{FAKE}')
    done = shell.run("hooks/preprovision.sh")
    assert done.returncode == 1 and "budget" in done.stderr


def test_without_the_hooks_a_budget_begins_this_month() -> None:
    """No day is written into the parameters: each would be over some month."""
    given = (ROOT / "infrastructure/main.bicepparam").read_text()
    assert "param budgetStartDate = readEnvironmentVariable('CROSSFADE_BUDGET_START', '')" in given
    assert "param thisMonth string = utcNow('yyyy-MM-01')" in (ROOT / "infrastructure/main.bicep").read_text()


def test_bundle_is_deployed_and_its_jobs_reach_the_app(shell: Shell) -> None:
    """Without a terminal no token is asked for; the rest is done."""
    done = shell.run("hooks/postprovision.sh")
    assert done.returncode == 0, done.stderr
    assert "no TMDB read token yet; add it" in done.stderr
    assert "databricks bundle deploy --target dev" in shell.calls
    assert any("SILVER_JOB_ID=11 GOLD_JOB_ID=12 BULK_JOB_ID=13" in call for call in shell.calls)


def test_bundle_without_jobs_is_said(shell: Shell) -> None:
    """When the bundle names no job the hook fails with what to look at."""
    shell.answer("bundle summary", "{}")
    done = shell.run("hooks/postprovision.sh")
    assert done.returncode == 1
    assert "the bundle names no job" in done.stderr


def test_tokens_are_typed_blind(shell: Shell) -> None:
    """On a terminal both tokens are asked for; they go through a pipe and are never shown."""
    main, terminal = pty.openpty()
    command = ["/bin/sh", str(shell.root / "infrastructure/hooks/postprovision.sh")]
    hook = subprocess.Popen(command, env=shell.environment, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = b""
    for prompt in (b"TMDB read token (typed blind", b"Discogs personal access token (typed blind"):
        shown += read_until(main, prompt)
        os.write(main, f"{SECRET}\n".encode())
    shown += read_all(main)
    assert hook.wait(timeout=30) == 0, shown
    assert SECRET.encode() not in shown
    assert shell.calls.count(f"fed {SECRET}") == 2
    assert not any(SECRET in call for call in shell.calls if not call.startswith("fed "))


def test_event_subscriptions_wait_for_the_app(shell: Shell) -> None:
    """They are tried again while the app starts, and given up with advice."""
    fails = shell.root / "bin" / "az"
    fails.write_text(FAKE + "\nexit 1\n")
    done = shell.run("hooks/postdeploy.sh")
    assert done.returncode == 1
    assert "look at its log" in done.stderr
    assert sum("event-subscriptions" in call for call in shell.calls) == 10
    fails.write_text(FAKE)
    assert shell.run("hooks/postdeploy.sh").returncode == 0


def test_an_app_without_functions_is_said(shell: Shell) -> None:
    """The list of functions is asked for until there are some; none, or no list, ends the hook with what to look at."""
    shell.answer("functionapp function list", "0")
    done = shell.run("hooks/postdeploy.sh")
    assert done.returncode == 1 and "the app has 0 functions: its code did not load" in done.stderr
    assert len(shell.calls) == 10 and not any("event-subscriptions" in call for call in shell.calls)
    shell.answer("functionapp function list", None)
    done = shell.run("hooks/postdeploy.sh")
    assert done.returncode == 1 and "functions cannot be listed" in done.stderr
    shell.answer("functionapp function list", "22")
    done = shell.run("hooks/postdeploy.sh")
    assert done.returncode == 0 and "the app has 22 functions" in done.stderr


@pytest.mark.parametrize("script", ["hooks/preprovision.sh", "hooks/predeploy.sh", "deploy.sh"])
def test_settings_that_the_app_refuses_stop_a_deployment(shell: Shell, script: str) -> None:
    """Each wrong one is said with what to do, before anything is made or changed."""
    options = {
        "CROSSFADE_APP_SETTINGS": '{"RUN_LIMIT_MIN": 0, "PLAN_MODE": "half"}',
        "AZURE_PRINCIPAL_ID": "p",
    }
    done = shell.run(script, AZURE_LOCATION="westeurope", **options)
    assert done.returncode == 1 and shell.calls == []
    assert "RUN_LIMIT_MIN: input should be greater than 0; correct it" in done.stderr
    assert "PLAN_MODE: input should be 'full', 'incremental' or 'bulk'" in done.stderr
    assert "nothing was changed" in done.stderr


def test_what_is_published_is_the_same_both_ways(tmp_path: Path) -> None:
    """azd packs by .funcignore, deploy.sh by a list of paths: of the files of the project they take the same."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    files = set(listed.stdout.splitlines())
    ignore = GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text().splitlines())
    by_azd = files - set(ignore.match_files(files))
    archive = (ROOT / "infrastructure/deploy.sh").read_text().split("HEAD \\\n")[1].splitlines()[0].split()
    by_archive = {file for file in files for path in archive if file == path or file.startswith(f"{path}/")}
    assert by_azd == by_archive and "functions/static/dashboard.html" in by_azd
    left_by_work = [
        ".local/lake/x",
        ".env",
        "local.settings.json",
        "shared/__pycache__/x.pyc",
        "dist/x.whl",
        "docs/x.png",
    ]
    assert set(ignore.match_files(left_by_work)) == set(left_by_work)


def test_down_forgets_what_was_remembered(shell: Shell) -> None:
    """Ids of jobs that are gone, and a budget's first day, are no use to a new environment of the same name."""
    assert shell.run("hooks/postdown.sh").returncode == 0
    assert "azd env set GOLD_JOB_ID " in shell.calls
    assert "azd env set CROSSFADE_BUDGET_START " in shell.calls


def test_deploy_without_azd_does_the_same(shell: Shell) -> None:
    """deploy.sh goes through all steps, and remembers ids, not secrets."""
    outputs = {name.upper(): None for name in OUTPUTS}
    done = shell.run("deploy.sh", AZURE_LOCATION="westeurope", **outputs)
    assert done.returncode == 0, done.stderr
    steps = [
        "az deployment sub create",
        "databricks bundle deploy",
        "az functionapp deployment source config-zip",
        "az deployment group create",
    ]
    places = [next(i for i, call in enumerate(shell.calls) if call.startswith(step)) for step in steps]
    assert places == sorted(places)
    kept = (shell.root / ".local/deploy/dev.env").read_text()
    assert "AZURE_RESOURCE_GROUP='rg'" in kept
    assert not any(call.startswith("azd") for call in shell.calls)


def read_until(descriptor: int, wanted: bytes) -> bytes:
    seen, deadline_s = b"", time.monotonic() + 30
    while wanted not in seen and time.monotonic() < deadline_s:
        seen += os.read(descriptor, 1024)
    return seen


def read_all(descriptor: int) -> bytes:
    seen = b""
    while True:
        try:
            more = os.read(descriptor, 1024)
        except OSError:  # how a terminal says that its other end is closed
            return seen
        if not more:
            return seen
        seen += more
