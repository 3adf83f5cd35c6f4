"""A bundle that Databricks would refuse, or that would never deploy to an empty plan, is found."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from local.databricks.lake.areas import AREAS
from local.infra_check.bundle.check import check_bundle
from local.infra_check.bundle.rendering import given_to, read_bundle, render
from local.infra_check.checks import entry_points
from tests.builders.declared_tree import ROOT, Tree

BUNDLE = "infrastructure/databricks.yml"
TABLES = "abfss://{container}@lake.dfs.core.windows.net/tables"
GOLD = "infrastructure/resources/gold.job.yml"
SERVERLESS = "infrastructure/resources/serverless.yml"
CLASSIC = "infrastructure/resources/classic.yml"
METASTORE = "infrastructure/resources/metastore.yml"
SCHEMAS = "infrastructure/resources/schemas.yml"


def found(tree: Tree) -> list[str]:
    return [str(finding) for finding in check_bundle(tree.root, entry_points(tree.root))]


def rendered(target: str) -> dict[str, Any]:
    """The project's bundle for a target, with a made-up value for each variable that needs one."""
    bundle = read_bundle(ROOT)
    return render(bundle, target, given_to(bundle, target))


def test_bundle_of_the_project_is_sound() -> None:
    """Nothing is to mend in the project's own bundle."""
    assert list(check_bundle(ROOT, entry_points(ROOT))) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (GOLD, "max_retries:", "max_retry:", "max_retry"),
        (GOLD, "entry_point: gold", "entry_point: golden", "entry point golden is not in pyproject.toml"),
        (CLASSIC, "${var.job_cluster}", "${var.cluster}", "${var.cluster} leads nowhere"),
        (GOLD, "catalogs.crossfade_catalog", "catalogs.crosfade_catalog", "leads nowhere"),
        (SCHEMAS, "    volume_raw:", "    schema_gold:", "key schema_gold is used by"),
        (METASTORE, "        location_raw:", "        crossfade_gold:", "key crossfade_gold is used by"),
        (BUNDLE, "presets:", "scripts: {volume_raw: {content: ls}}\npresets:", "key volume_raw is used by"),
        (BUNDLE, "      node_type: Standard_D8ds_v5", "      node_typ: x", "sets variable node_typ"),
        (BUNDLE, "presets:", "preset:", "unknown key preset"),
        (BUNDLE, "    default: true", "    standard: true", "unknown key standard"),
        (
            BUNDLE,
            "      data_security_mode: SINGLE_USER",
            "      data_security: SINGLE_USER",
            "data_security",
        ),
        (BUNDLE, "SPOT_WITH_FALLBACK_AZURE", "ON_DEMAND_AZURE", "not on spot machines"),
        (SCHEMAS, "  volumes:", "  secret_scopes:", "resources of kind secret_scopes"),
        # What would go up, and what would let anybody in.
        (BUNDLE, "  paths: []", "  paths: [.]", "files go up that no job reads"),
        (BUNDLE, "root_path: /Workspace/Users/${var.deployer}", "root_path: /Workspace/Shared", "may write"),
        (BUNDLE, "spot_bid_max_price: -1", "x: '{{secrets/a/b}}'", "{{secrets/ is used"),
        (BUNDLE, "presets:", "permissions: []\npresets:", ""),
        # Rights of the two jobs.
        (
            BUNDLE,
            "presets:",
            "permissions: [{level: CAN_RUN, service_principal_name: app}]\npresets:",
            "the bundle's folder too",
        ),
        (BUNDLE, "run_as:\n  service_principal_name:", "run_as:\n  user_name:", "run as whoever deploys"),
        (GOLD, "      permissions: ${var.job_permissions}\n", "", "crossfade_gold is not owned by"),
        (BUNDLE, "- level: IS_OWNER", "- level: CAN_MANAGE", "is not owned by whom it runs as"),
        (BUNDLE, "- level: CAN_MANAGE_RUN", "- level: CAN_VIEW", "can be started by nobody"),
        (
            BUNDLE,
            "      - level: CAN_MANAGE_RUN\n",
            "      - {level: CAN_MANAGE, group_name: admins}\n      - level: CAN_MANAGE_RUN\n",
            "a group has CAN_MANAGE",
        ),
        # Addresses and names of the metastore's objects.
        (METASTORE, ".dfs.core.windows.net/tables", ".dfs.core.windows.net/tables/", "ends in a slash"),
        (METASTORE, ".url}/managed", ".url}/managed/", "storage_root ends in a slash"),
        (METASTORE, "location_intermediate.url}/managed", "location_gold.url}", "is a bare container"),
        (
            METASTORE,
            "${resources.external_locations.location_intermediate.url}",
            "abfss://i@l.dfs.core.windows.net",
            "storage_root is written out",
        ),
        (
            SCHEMAS,
            "catalog_name: ${resources.catalogs.crossfade_catalog.name}",
            "catalog_name: ${var.catalog}",
            "catalog_name is written out",
        ),
        (
            SCHEMAS,
            "schema_name: ${resources.schemas.schema_files.name}",
            "schema_name: files",
            "schema_name is written out",
        ),
        (
            SCHEMAS,
            "${resources.external_locations.location_raw.url}",
            "abfss://raw@l.dfs.core.windows.net",
            "storage_location is written out",
        ),
        (GOLD, "- name: views", "- name: view", "parameter views is not declared"),
        (GOLD, "- name: views", "- name: view", "parameter view goes to no task"),
        (METASTORE, "          enable_file_events: false\n", "", "file events are on"),
        (
            BUNDLE,
            "  dev:\n    mode: production",
            "  dev:\n    mode: development",
            "external_locations location_raw stands in a target that makes copies",
        ),
        (
            SCHEMAS,
            "resources:\n",
            "resources:\n  catalogs: {crossfade_catalog: {}}\n",
            "catalogs crossfade_catalog stands in a target that makes copies, or in none",
        ),
        (BUNDLE, "prevent_destroy: true", "prevent_destroy: false", "can be destroyed with the bundle"),
        # Compute.
        (SERVERLESS, "          performance_target: STANDARD\n", "", "performance_target is not stated"),
        (SERVERLESS, 'environment_version: "4"', 'client: "4"', "without environment_version"),
        (
            SERVERLESS,
            "            - task_key: gold\n",
            "            - task_key: other\n",
            "has not one compute",
        ),
        (
            SERVERLESS,
            "              environment_key: crossfade\n        crossfade_gold:",
            "              environment_key: crossfade\n              libraries: []\n        crossfade_gold:",
            "libraries on serverless compute",
        ),
    ],
)
def test_slip_in_bundle_is_found(tree: Tree, file: str, old: str, new: str, says: str) -> None:
    """An unknown field, a dangling reference, a right or an address that keeps plans from being empty are found."""
    tree.change(file, old, new)
    findings = found(tree)
    assert any(says in finding for finding in findings) if says else findings == [], findings


@pytest.mark.parametrize("target", sorted(read_bundle(ROOT).targets))
def test_a_target_comes_to_one_environment(target: str) -> None:
    """Each target holds the same objects, jobs run as the identity without a secret, and nothing is left to fill in."""
    made = rendered(target)
    assert {kind: len(entries) for kind, entries in made["resources"].items()} == {
        **{"jobs": 3, "catalogs": 1, "external_locations": 6, "schemas": 3, "volumes": 7}
    }
    assert "${" not in str(made)
    for job in made["resources"]["jobs"].values():
        assert job["run_as"] == {"service_principal_name": "spark-client-id"}
        assert job["tags"] == {"application": "crossfade", "stage": target.partition("-")[0]}
        defaults = {parameter["name"]: parameter["default"] for parameter in job["parameters"]}
        assert defaults["files"] == "/Volumes/catalog/files/{area}"
        assert defaults.get("tables", TABLES) == TABLES  # the bulk job makes none


@pytest.mark.parametrize("stage", ["silver", "gold", "bulk"])
def test_a_job_is_told_what_its_program_takes(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each argument that the bundle hands over is one of the entry point's; an unknown one would end every run."""
    (task,) = rendered("prod")["resources"]["jobs"][f"crossfade_{stage}"]["tasks"]
    given = {argument.partition("=")[0] for argument in task["python_wheel_task"]["parameters"]}
    with pytest.raises(SystemExit):
        import_module(f"spark_jobs.{stage}.job").main(["--help"])
    assert given and given <= set(capsys.readouterr().out.replace(",", " ").split()) | {"--run-id"}


def test_volumes_are_the_areas_of_files_and_lead_where_the_app_looks() -> None:
    """On one machine and in the lake an area is the same container and folder; `state` is the jobs' alone."""
    volumes = rendered("prod")["resources"]["volumes"].values()
    places = {volume["name"]: volume["storage_location"] for volume in volumes}
    of_jobs = "abfss://gold@lake.dfs.core.windows.net/state"
    assert places.pop("state") == of_jobs
    assert places == {
        name: f"abfss://{area.container}@lake.dfs.core.windows.net/{area.prefix}".rstrip("/")
        for name, area in AREAS.items()
    }


def test_the_jobs_identity_gets_what_it_needs_and_no_more() -> None:
    """It names the catalog, makes tables in two schemas and two containers, and writes files: of raw ones a dump's."""
    resources = rendered("prod")["resources"]
    rights = {
        entry["name"]: sorted(right for grant in entry["grants"] for right in grant["privileges"])
        for kind in ("catalogs", "external_locations", "schemas", "volumes")
        for entry in resources[kind].values()
    }
    makes_tables, writes = ["CREATE_TABLE", "USE_SCHEMA"], ["READ_VOLUME", "WRITE_VOLUME"]
    assert rights == {
        "catalog": ["USE_CATALOG"],
        **{"silver": makes_tables, "gold": makes_tables, "files": ["USE_SCHEMA"]},
        **{"catalog-raw": [], "catalog-control": [], "catalog-metrics": [], "catalog-feed": []},
        **{"catalog-intermediate": ["CREATE_EXTERNAL_TABLE"], "catalog-gold": ["CREATE_EXTERNAL_TABLE"]},
        **dict.fromkeys(("raw", "control", "metrics", "search", "report", "state", "feed"), writes),
    }


def test_both_kinds_of_compute_have_the_same_jobs() -> None:
    """What a job does is the same on serverless compute and on clusters, in the same place for the same people."""
    serverless, classic = rendered("prod"), rendered("prod-classic")
    assert serverless["workspace"] == classic["workspace"]
    for key, job in serverless["resources"]["jobs"].items():
        other = classic["resources"]["jobs"][key]
        assert without_compute(job) == without_compute(other)
        packages = [
            {"whl": name} if name.endswith(".whl") else {"pypi": {"package": name}}
            for name in packages_of(job)
        ]
        assert other["tasks"][0]["libraries"] == packages
        assert other["job_clusters"][0]["new_cluster"]["autoscale"]["max_workers"] == 4


def packages_of(job: dict[str, Any]) -> list[str]:
    (environment,) = job["environments"]
    dependencies: list[str] = environment["spec"]["dependencies"]
    return dependencies


def without_compute(job: dict[str, Any]) -> dict[str, Any]:
    of_compute = {"environments", "job_clusters", "performance_target"}
    of_task = {"environment_key", "job_cluster_key", "libraries"}
    (task,) = job["tasks"]
    bare = {name: value for name, value in task.items() if name not in of_task}
    return {name: value for name, value in job.items() if name not in of_compute} | {"tasks": [bare]}
