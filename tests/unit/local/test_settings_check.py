"""The settings of a deployment are checked before it begins: wrong values, slips in names, what is no JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.infra_check.bicep.syntax import BicepFile
from local.settings_check import FLEX_REFUSES, main, problems
from tests.builders.declared_tree import ROOT


def of(app: Any, vault: Any = ()) -> list[str]:
    return problems(
        {"CROSSFADE_APP_SETTINGS": json.dumps(app), "CROSSFADE_VAULT_SETTINGS": json.dumps(vault)}
    )


def test_settings_that_the_app_takes_are_passed() -> None:
    """Numbers, flags and texts as JSON has them, in any case; settings of the host; the vault's; and no options."""
    given = {"USER_AGENT": "Team/1.0", "MAX_ATTEMPTS": 5, "discogs_details": True, "RUN_LIMIT_MIN": "90"}
    host = {"AzureWebJobs.watch_runs.Disabled": "true", "PYTHON_THREADPOOL_THREAD_COUNT": 4, "TZ": "UTC"}
    assert of({**given, **host}, ["SLACK_WEBHOOK_URL", "redis_url"]) == []
    assert problems({}) == problems({"CROSSFADE_APP_SETTINGS": "", "CROSSFADE_VAULT_SETTINGS": ""}) == []


def test_each_wrong_value_is_named_with_the_remedy() -> None:
    """All of them at once, without the values."""
    first, second = of({"TMDB_REQUESTS_PER_S": "fast", "PLAN_SCHEDULE": "daily"})
    assert first.startswith("CROSSFADE_APP_SETTINGS: TMDB_REQUESTS_PER_S: input should be a valid number")
    assert "or remove it for the default 40.0" in first and "fast" not in first
    assert second.startswith("CROSSFADE_APP_SETTINGS: PLAN_SCHEDULE: is no NCRONTAB of six fields")


def test_a_slip_in_a_name_is_found() -> None:
    """A name that is nearly a setting's would have no effect, and nobody would hear of it."""
    assert of({"TMDB_REQUEST_PER_S": 10}, ["SLACK_WEBHOK_URL"]) == [
        "CROSSFADE_APP_SETTINGS: TMDB_REQUEST_PER_S is no setting; TMDB_REQUESTS_PER_S may be meant "
        "(docs/settings.md has all)",
        "CROSSFADE_VAULT_SETTINGS: SLACK_WEBHOK_URL is no setting; SLACK_WEBHOOK_URL may be meant "
        "(docs/settings.md has all)",
    ]


def test_what_flex_consumption_refuses_is_found() -> None:
    """A setting of other plans would fail the deployment, or set aside how the app is packed and run."""
    assert of({"WEBSITE_RUN_FROM_PACKAGE": "1"}, ["website_dns_server"]) == [
        "CROSSFADE_APP_SETTINGS: WEBSITE_RUN_FROM_PACKAGE is not for Flex Consumption, which refuses it; leave it out",
        "CROSSFADE_VAULT_SETTINGS: website_dns_server is not for Flex Consumption, which refuses it; leave it out",
    ]


def test_the_app_itself_has_no_setting_that_flex_consumption_refuses() -> None:
    """Neither by name, nor as a property of its resource that functionAppConfig is in the place of."""
    contract = json.loads((ROOT / "infrastructure/app-settings.json").read_text())
    names = {setting["name"].upper() for setting in contract["wired"]} | {
        *contract["defaults"],
        *contract["vault"],
    }
    assert names & FLEX_REFUSES == set() and "AZUREWEBJOBSSTORAGE__ACCOUNTNAME" in names
    resources = BicepFile(ROOT / "infrastructure/modules/function-app.bicep").resources
    app = resources["app"]["config"]["properties"]
    assert {"runtime", "deployment", "scaleAndConcurrency"} <= set(app["functionAppConfig"])
    replaced = {"alwaysOn", "functionAppScaleLimit", "linuxFxVersion", "minimumElasticInstanceCount"}
    replaced |= {"preWarmedInstanceCount", "use32BitWorkerProcess", "vnetRouteAllEnabled", "windowsFxVersion"}
    assert replaced & {*app, *app["siteConfig"]} == set()
    assert resources["plan"]["config"]["sku"] == {"name": "FC1", "tier": "FlexConsumption"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"CROSSFADE_APP_SETTINGS": "USER_AGENT=x"}, "CROSSFADE_APP_SETTINGS is no JSON object"),
        ({"CROSSFADE_APP_SETTINGS": "[]"}, "CROSSFADE_APP_SETTINGS is no JSON object"),
        ({"CROSSFADE_VAULT_SETTINGS": "SLACK"}, "CROSSFADE_VAULT_SETTINGS is no JSON list"),
        ({"CROSSFADE_VAULT_SETTINGS": "[1]"}, "CROSSFADE_VAULT_SETTINGS is no JSON list"),
    ],
)
def test_what_is_no_json_is_said_with_an_example(options: dict[str, str], says: str) -> None:
    """The option is named."""
    (problem,) = problems(options)
    assert problem.startswith(says) and "write it as" in problem


def test_this_machines_settings_play_no_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what the deployment is given is checked; the command says what is wrong and fails."""
    monkeypatch.setenv("MAX_ATTEMPTS", "no number")
    assert main() == 0
    monkeypatch.setenv("CROSSFADE_APP_SETTINGS", '{"MAX_ATTEMPTS": 0}')
    assert main() == 1
    assert "crossfade: CROSSFADE_APP_SETTINGS: MAX_ATTEMPTS: " in capsys.readouterr().err
