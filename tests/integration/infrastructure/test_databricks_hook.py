"""What the hooks do in the workspace: identities, credentials, rights by name, the bundle, its removal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.infrastructure.test_hooks import FAKE, Shell

APP_OF_CI = "11111111-2222-3333-4444-555555555555"
LAKE, INSIGHTS = "crossfade_dev-lake", "crossfade_dev-insights"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def calls_of(shell: Shell, words: str) -> list[str]:
    return [call for call in shell.text.split("\ndatabricks ") if call.startswith(words)]


def sent(call: str) -> dict[str, Any]:
    """The JSON that a call hands over."""
    document: dict[str, Any] = json.JSONDecoder().raw_decode(call.partition("--json ")[2])[0]
    return document


def held(name: str, connector: str) -> str:
    return json.dumps([{"name": name, "azure_managed_identity": {"access_connector_id": connector}}])


def rights(shell: Shell, target: str = "dev") -> dict[str, Any]:
    path = shell.root / "infrastructure/.databricks/bundle" / target / "variable-overrides.json"
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_credentials_name_a_connector_and_hold_no_secret(shell: Shell) -> None:
    """One opens the lake, one sends telemetry, which only the jobs' identity may; both are there before the bundle."""
    assert shell.run("hooks/postprovision.sh").returncode == 0
    (lake,) = calls_of(shell, "storage-credentials create")
    assert sent(lake) == {"name": LAKE, "azure_managed_identity": {"access_connector_id": "/lake-connector"}}
    (insights,) = calls_of(shell, "credentials create-credential")
    assert sent(insights) == {
        **{"name": INSIGHTS, "purpose": "SERVICE"},
        **{"azure_managed_identity": {"access_connector_id": "/insights-connector"}},
    }
    (grant,) = calls_of(shell, "grants update")
    assert grant.startswith(f"grants update credential {INSIGHTS} ")
    assert sent(grant) == {"changes": [{"principal": "spark-id", "add": ["ACCESS"]}]}
    assert shell.text.index("storage-credentials create") < shell.text.index("bundle deploy")
    assert not any(word in shell.text for word in ("secret put", "put-secret", "credential reset", "ad app"))


def test_the_workspace_knows_both_identities(shell: Shell) -> None:
    """The app, which starts the jobs, and the identity they run as are made known to it, once."""
    assert shell.run("hooks/postprovision.sh").returncode == 0
    made = [
        call.split("--application-id ")[1].split()[0] for call in calls_of(shell, "service-principals create")
    ]
    assert made == ["app-id", "spark-id"]


def test_what_is_there_is_left_alone(shell: Shell) -> None:
    """A second time neither tokens nor identities nor credentials are made again."""
    shell.answer("keyvault secret show", "")
    shell.answer("service-principals list", '[{"applicationId": "app-id"}, {"applicationId": "spark-id"}]')
    shell.answer("storage-credentials list", held(LAKE, "/LAKE-connector"))
    shell.answer("credentials list-credentials", held(INSIGHTS, "/insights-connector"))
    done = shell.run("hooks/postprovision.sh")
    assert done.returncode == 0, done.stderr
    for word in ("secret set", " create ", "create-credential"):
        assert word not in shell.text, word


def test_a_credential_of_another_environment_is_not_taken(shell: Shell) -> None:
    """Two environments of one metastore with the same catalog: the second is told to choose another name."""
    shell.answer("storage-credentials list", held(LAKE, "/another-connector"))
    done = shell.run("hooks/postprovision.sh")
    assert done.returncode == 1 and "CROSSFADE_CATALOG OTHER_NAME" in done.stderr
    assert "bundle deploy" not in shell.text and "storage-credentials create" not in shell.text


@pytest.mark.parametrize(
    "question",
    [
        "service-principals list",
        "storage-credentials list",
        "credentials list-credentials",
        "current-user me",
    ],
)
def test_what_cannot_be_asked_ends_the_hook(shell: Shell, question: str) -> None:
    """It is not taken for something that is not there: nothing is made, nothing deployed."""
    fake = shell.root / "bin" / "databricks"
    fake.write_text(f'#!/bin/sh\ncase "$*" in *"{question}"*) exit 1;; esac\n{FAKE}')
    done = shell.run("hooks/postprovision.sh")
    assert done.returncode != 0
    assert "bundle deploy" not in shell.text


def test_who_deploys_is_named_for_everybody_alike(shell: Shell) -> None:
    """Persons by user name, CI by application id: whoever runs the hook writes the same rights, so plans stay empty."""
    everybody = json.dumps(["first@example.org", APP_OF_CI])
    made = []
    for caller in ("first@example.org", APP_OF_CI):
        shell.answer("current-user me", json.dumps({"userName": caller}))
        assert shell.run("hooks/postprovision.sh", CROSSFADE_DEPLOYERS=everybody).returncode == 0
        made.append(rights(shell))
    assert made[0] == made[1]
    assert made[0]["job_permissions"] == [
        {"level": "IS_OWNER", "service_principal_name": "spark-id"},
        {"level": "CAN_MANAGE", "user_name": "first@example.org"},
        {"level": "CAN_MANAGE", "service_principal_name": APP_OF_CI},
        {"level": "CAN_MANAGE_RUN", "service_principal_name": "app-id"},
    ]
    assert {"principal": APP_OF_CI, "privileges": ["MANAGE"]} in made[0]["file_location_grants"]
    given = {tuple(call.split()[2:4]): sent(call)["changes"] for call in calls_of(shell, "grants update")}
    assert given["storage_credential", LAKE] == [{"principal": "first@example.org", "add": ["MANAGE"]}]


def test_who_is_not_named_does_not_deploy(shell: Shell) -> None:
    """The jobs would be theirs at once, and the others' again at the next deployment."""
    done = shell.run("hooks/postprovision.sh", CROSSFADE_DEPLOYERS='["second@example.org"]')
    assert done.returncode == 1 and "CROSSFADE_DEPLOYERS lacks first@example.org" in done.stderr
    assert "bundle deploy" not in shell.text


def test_readers_see_tables_and_nothing_else(shell: Shell) -> None:
    """They are named in the bundle too: what is granted by hand on the catalog is revoked by the next deployment."""
    shell.run("hooks/postprovision.sh", CROSSFADE_READERS='["analysts"]')
    reading = {"principal": "analysts", "privileges": ["USE_CATALOG", "USE_SCHEMA", "SELECT"]}
    assert reading in rights(shell)["catalog_grants"]
    assert "analysts" not in json.dumps({**rights(shell), "catalog_grants": []})


def test_the_folder_of_the_first_deployer_holds_the_bundle(shell: Shell) -> None:
    """Whoever deploys: the state is there, and only that person and admins can write."""
    fake = shell.root / "bin" / "databricks"
    fake.write_text(FAKE.replace("$(basename", "$BUNDLE_VAR_deployer $(basename", 1))
    shell.run("hooks/postprovision.sh", CROSSFADE_DEPLOYERS='["second@example.org", "first@example.org"]')
    (deploy,) = [call for call in shell.calls if "bundle deploy" in call]
    assert deploy.startswith("second@example.org ")


@pytest.mark.parametrize("hook", ["preprovision", "postprovision"])
def test_a_closed_lake_and_serverless_compute_do_not_go_together(shell: Shell, hook: str) -> None:
    """It is refused before anything is made; clusters in the network, or a configuration that lets it in, are taken."""
    closed = {"CROSSFADE_PRIVATE_NETWORK": "true"}
    done = shell.run(f"hooks/{hook}.sh", **closed)
    assert (
        done.returncode == 1 and "CROSSFADE_COMPUTE classic" in done.stderr and "CROSSFADE_NCC" in done.stderr
    )
    assert not any(call.startswith("databricks") for call in shell.calls)
    for way_in in ({"CROSSFADE_COMPUTE": "classic"}, {"CROSSFADE_NCC": "ncc-crossfade"}):
        assert shell.run(f"hooks/{hook}.sh", **closed, **way_in).returncode == 0
    assert "is 'fast'" in shell.run(f"hooks/{hook}.sh", CROSSFADE_COMPUTE="fast").stderr


def test_classic_compute_is_a_target(shell: Shell) -> None:
    """Rights and bundle go to the target that has clusters."""
    assert shell.run("hooks/postprovision.sh", CROSSFADE_COMPUTE="classic").returncode == 0
    assert "databricks bundle deploy --target dev-classic" in shell.calls
    assert "databricks bundle summary --target dev-classic --output json" in shell.calls
    assert rights(shell, "dev-classic")["job_permissions"]


def test_a_deployment_waits_for_a_role(shell: Shell) -> None:
    """A location that cannot be opened yet fails it; it is tried again, and given up with what to look at."""
    fake = shell.root / "bin" / "databricks"
    fake.write_text(f'{FAKE}\ncase "$*" in *"bundle deploy"*) exit 1;; esac\n')
    done = shell.run("hooks/postprovision.sh")
    assert done.returncode == 1 and "Service principal: User" in done.stderr
    assert len([call for call in shell.calls if "bundle deploy" in call]) == 3


def test_down_removes_what_the_metastore_holds(shell: Shell) -> None:
    """Catalog, locations and credentials are in no resource group: they go while there is a workspace to ask."""
    assert shell.run("hooks/predown.sh").returncode == 0
    done = [call for call in shell.calls if "list" not in call and "current-user" not in call]
    assert done == [
        "databricks bundle destroy --target dev --auto-approve",
        f"databricks storage-credentials delete {LAKE}",
        f"databricks credentials delete-credential {INSIGHTS}",
    ]


def test_down_leaves_the_catalog_of_prod(shell: Shell) -> None:
    """It is protected; the hook says what stays."""
    done = shell.run("hooks/predown.sh", CROSSFADE_STAGE="prod")
    assert done.returncode == 0 and "stays in the metastore" in done.stderr
    assert shell.calls == []
