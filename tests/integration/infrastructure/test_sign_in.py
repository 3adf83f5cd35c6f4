"""Hooks and deploy.sh under a sign-in that is good for minutes, with another default subscription, without python."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.builders.declared_tree import ROOT
from tests.integration.infrastructure.test_hooks import FAKE, OUTPUTS, SUBSCRIPTION, Shell, first_of_month

# az, signed in with what GitHub vouched for: in the first five minutes it is traded for a token of any scope, which is
# kept; afterwards a scope that is new is refused. Making the resources takes ten minutes.
CLOCKED_AZ = f"""#!/bin/sh
kept=$(dirname "$CALLS")/scopes
mkdir -p "$kept"
needs() {{
  [ ! -e "$kept/$1" ] || return 0
  [ -e "$kept/late" ] || {{ touch "$kept/$1"; return 0; }}
  echo "$(basename "$0") $*" >> "$CALLS"
  echo "ERROR: AADSTS700024: Client assertion is not within its valid time range." >&2
  exit 1
}}
case "$*" in
*"deployment sub create"*) touch "$kept/late";;
"keyvault "* | *"--resource https://vault.azure.net "*) needs vault;;
*"--resource 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d "*) needs databricks;;
esac
{FAKE.removeprefix("#!/bin/sh")}"""
# The Databricks CLI asks az for its token, in the subscription of DATABRICKS_AZURE_RESOURCE_ID.
SIGNED_IN_DATABRICKS = f"""#!/bin/sh
az account get-access-token --resource 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d --subscription {SUBSCRIPTION} || exit 1
{FAKE.removeprefix("#!/bin/sh")}"""
#: What the scripts may expect of a machine, besides az, azd, databricks and git.
TOOLS = "sh true basename cat date dirname grep head mkdir sleep stty touch tr"
#: A first deployment: no output is known. The check of settings has tests of its own, and a Python to start.
FRESH: dict[str, str | None] = {name.upper(): None for name in OUTPUTS} | {"CROSSFADE_PYTHON": "true"}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A machine on which az keeps the time."""
    made = Shell(tmp_path)
    (tmp_path / "bin" / "az").write_text(CLOCKED_AZ)
    (tmp_path / "bin" / "databricks").write_text(SIGNED_IN_DATABRICKS)
    return made


def test_a_deployment_that_takes_longer_than_the_sign_in_is_good_for(shell: Shell) -> None:
    """Tokens for vault and workspace are fetched before, so that ten minutes later all still answer."""
    done = shell.run("deploy.sh", AZURE_LOCATION="westeurope", AZURE_PRINCIPAL_ID="p", **FRESH)
    assert done.returncode == 0, done.stderr
    assert "no TMDB read token yet; add it" in done.stderr
    assert any("bundle deploy" in call for call in shell.calls)


def test_a_vault_that_cannot_be_asked_is_not_one_without_the_token(shell: Shell) -> None:
    """Without tokens fetched before, the refusal is shown and nothing is taken for missing, told or typed."""
    library = shell.root / "infrastructure/hooks/lib.sh"
    library.write_text(library.read_text().replace("fetch_tokens() {", "fetch_tokens() {\n  return 0"))
    done = shell.run("deploy.sh", AZURE_LOCATION="westeurope", AZURE_PRINCIPAL_ID="p", **FRESH)
    assert done.returncode == 1
    assert "AADSTS700024" in done.stderr and "the vault cannot be asked for tmdb-token" in done.stderr
    assert "add it" not in done.stderr and not any("bundle" in call for call in shell.calls)


@pytest.mark.parametrize("script", ["hooks/preprovision.sh", "hooks/postprovision.sh"])
def test_a_token_that_is_not_given_ends_the_hook(shell: Shell, script: str) -> None:
    """What is missing and what to do is said before anything is made."""
    (shell.root / "scopes").mkdir()
    (shell.root / "scopes" / "late").touch()
    done = shell.run(script)
    assert done.returncode == 1 and "az gives no token for https://vault.azure.net: az login" in done.stderr
    assert shell.calls == ["az vault"]


def test_every_call_names_the_subscription(shell: Shell) -> None:
    """All of a deployment, a removal and the next deployment: the machine's default is asked for once."""
    shell.answer("account show", None)
    shell.answer("account show --query id", SUBSCRIPTION)
    options = {"AZURE_LOCATION": "westeurope", "AZURE_SUBSCRIPTION_ID": None, **FRESH}
    assert shell.run("deploy.sh", **options).returncode == 0
    asked = "az account show --query id --output tsv"
    assert shell.calls[0] == asked
    shell.answer("account show --query id", "subscription-of-another-team")
    shutil.rmtree(shell.root / "scopes")
    for script in ("deploy.sh", "hooks/postdown.sh"):
        done = shell.run(
            script, **options | ({"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION} if "post" in script else {})
        )
        assert done.returncode == 0, done.stderr
    calls = [call for call in shell.calls[1:] if call.startswith("az ")]
    assert len(calls) > 20 and [call for call in calls if f"--subscription {SUBSCRIPTION}" not in call] == []


def test_an_environment_stays_in_its_subscription(shell: Shell) -> None:
    """Another subscription under the name of one that is there is refused before anything is made."""
    assert (
        shell.run("deploy.sh", AZURE_LOCATION="westeurope", AZURE_PRINCIPAL_ID="p", **FRESH).returncode == 0
    )
    before = len(shell.calls)
    done = shell.run("deploy.sh", AZURE_LOCATION="westeurope", AZURE_SUBSCRIPTION_ID="another", **FRESH)
    assert done.returncode == 1 and f"dev is in subscription {SUBSCRIPTION}" in done.stderr
    assert len(shell.calls) == before


def test_without_a_subscription_azd_is_told_to_name_one(shell: Shell) -> None:
    """A hook of azd takes none from the machine's default."""
    done = shell.run("hooks/preprovision.sh", AZURE_SUBSCRIPTION_ID=None)
    assert done.returncode != 0 and "azd env set AZURE_SUBSCRIPTION_ID" in done.stderr and shell.calls == []


def test_no_script_calls_az_beside_the_subscription() -> None:
    """In the text of the scripts: a call in a hook goes by `azure`, one in deploy.sh names it or asks for it."""
    for path in (ROOT / "infrastructure").rglob("*.sh"):
        text = re.sub(r"\\\n", " ", path.read_text())
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        bare = [line for line in lines if re.search(r"(?:^|[(|]|until|\|\||&&)\s*az [a-z\"]", line)]
        named = [line for line in bare if "--subscription" in line or "account show --query id" in line]
        assert bare == named, path


def test_no_command_is_called_python(shell: Shell) -> None:
    """A machine where only python3 is there: scripts and the bundle's build call no other."""
    tools = shell.root / "tools"
    tools.mkdir()
    for name in TOOLS.split():
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    python3 = tools / "python3"
    python3.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python3.chmod(0o755)
    options = {**FRESH, "AZURE_LOCATION": "westeurope", "AZURE_PRINCIPAL_ID": "p"}
    done = shell.run("deploy.sh", PATH=f"{shell.root / 'bin'}:{tools}", **options)
    assert done.returncode == 0, done.stderr
    bundle = yaml.safe_load((ROOT / "infrastructure/databricks.yml").read_text())
    commands = [artifact["build"].split()[0] for artifact in bundle["artifacts"].values()]
    assert commands and set(commands) == {"python3"}


def test_down_and_up_again_next_month(shell: Shell) -> None:
    """What was removed is forgotten: the next deployment makes its own, with a budget that begins this month."""
    shell.answer("group exists", "true")
    shell.answer("timePeriod.startDate", "2026-01-01T00:00:00Z")
    options = {"AZURE_LOCATION": "westeurope", "AZURE_PRINCIPAL_ID": "p", **FRESH}
    state = shell.root / ".local/deploy/dev.env"
    assert shell.run("deploy.sh", **options).returncode == 0
    assert "CROSSFADE_BUDGET_START='2026-01-01'" in state.read_text()
    removed = shell.run("hooks/postdown.sh", CROSSFADE_STATE=str(state))
    assert removed.returncode == 0, removed.stderr
    shell.answer("group exists", "false")
    shutil.rmtree(shell.root / "scopes")
    assert shell.run("deploy.sh", **options).returncode == 0
    last = [line for line in state.read_text().splitlines() if line.startswith("CROSSFADE_BUDGET_START=")][-1]
    assert last == f"CROSSFADE_BUDGET_START='{first_of_month()}'"
