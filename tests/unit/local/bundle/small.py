"""A small bundle in two targets, one of mode development, over a workspace in this process."""

from __future__ import annotations

from pathlib import Path

from local.bundle.deploying import Deployment
from tests.builders.workspace import ANNA, ROBOT, LocalWorkspace

TEXT = """
bundle: {name: small}
variables:
  catalog: {default: films}
  owner: {}
run_as: {service_principal_name: "${var.owner}"}
presets: {tags: {application: small}}
resources:
  schemas:
    files: {name: files, catalog_name: "${var.catalog}", grants: [{principal: users, privileges: [USE_SCHEMA]}]}
  jobs:
    silver:
      name: silver
      permissions:
        - {level: IS_OWNER, service_principal_name: "${var.owner}"}
      environments: [{environment_key: e, spec: {environment_version: "4", dependencies: [dist/*.whl]}}]
      performance_target: STANDARD
      parameters: [{name: files, default: "/Volumes/${var.catalog}/${resources.schemas.files.name}/{area}"}]
      tasks:
        - task_key: silver
          environment_key: e
          python_wheel_task: {package_name: p, entry_point: silver, parameters: ["--files={{job.parameters.files}}"]}
targets:
  dev: {mode: development}
  prod:
    mode: production
    workspace: {root_path: "/Workspace/Users/anna@crossfade.example/.bundle/small"}
    variables: {catalog: "${resources.catalogs.films.name}"}
    resources:
      external_locations:
        lake: {name: lake, url: "abfss://c@lake.dfs.core.windows.net/d", credential_name: c, enable_file_events: false}
      catalogs:
        films:
          name: films
          storage_root: ${resources.external_locations.lake.url}/managed
          lifecycle: {prevent_destroy: true}
"""


def checkout(folder: Path, text: str = TEXT) -> Path:
    """The bundle and a wheel in a folder."""
    folder.mkdir(parents=True)
    (folder / "databricks.yml").write_text(text.replace("dist/*.whl", "./dist/*.whl"))
    (folder / "p-1-py3-none-any.whl").write_bytes(b"wheel")
    return folder


def deployment(local: LocalWorkspace, folder: Path, target: str = "prod", caller: str = ANNA) -> Deployment:
    """A deployment from a checkout by somebody."""
    return Deployment.of(
        local.workspace(caller), folder, target, {"owner": ROBOT}, folder / "p-1-py3-none-any.whl"
    )
