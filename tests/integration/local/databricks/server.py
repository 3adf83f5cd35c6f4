"""A local workspace with small jobs of plain Python, over a real Azurite."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.storage.blob import BlobServiceClient
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import Run

from local.databricks.workspace.database import open_database
from local.databricks.workspace.files import WorkspaceFiles
from local.databricks.workspace.jobs import DeployedJobs
from local.databricks.workspace.rights import owned_by
from local.machine.servers import Child

TOKEN = "bearer-of-tests"  # noqa: S105 (made up)
CONTAINERS = ("raw", "intermediate", "gold", "metrics", "control", "feed")
DEADLINE_S = 180
DEPLOYER = "local@crossfade"
JOBS = ("silver", "failing", "sleeping", "flaky")
WHEEL = "/Workspace/Shared/fake_jobs-1-py3-none-any.whl"

COMMON = '''
"""Shared by the fake jobs."""
import argparse, pathlib
def arguments():
    parser = argparse.ArgumentParser()
    for name in ("--run-id", "--catalog", "--tables", "--files"):
        parser.add_argument(name)
    return parser.parse_args()
def put(args, area, name, text):
    return write(pathlib.Path(args.files.format(area=area)) / name, text)
def put_table(args, container, name, text):
    return write(pathlib.Path(args.tables.removeprefix("file://").format(container=container)) / name, text)
def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
'''
_SILVER = """
import shutil, sys
from fake_jobs.common import arguments, put, put_table
args = arguments()
run = args.run_id
raw = put(args, "raw", ".here", "").parent
print("raw:", sorted(str(path.relative_to(raw)) for path in raw.rglob("*.gz")))
put_table(args, "intermediate", "movies/_delta_log/0.json", run)
put(args, "search", f"snapshot={run}/part-0.gz", run)
put(args, "search", f"snapshot={run}/.part-0.gz.crc", "checksum")
put(args, "search", "_current.json", '{"snapshot":"%s"}' % run)
old = put(args, "search", "snapshot=OLD/part-0.gz", "").parent
shutil.rmtree(old)
put(args, "report", f"{run}/index.html", "report")
put(args, "metrics", f"{run}/silver.json", "{}")
put(args, "control", "tables/silver.json", "{}")
put(args, "control", f"silver/{run}.json", "{}")
put(args, "state", "inner", "state")
print("catalog:", args.catalog)
print("done", file=sys.stderr)
"""
_FAILING = """
from fake_jobs.common import arguments, put
args = arguments()
put(args, "search", f"snapshot={args.run_id}/part-0.gz", "half")
put(args, "search", "_current.json", "half")
put(args, "report", f"{args.run_id}/index.html", "half")
put(args, "control", "tables/gold.json", "half")
put(args, "metrics", f"{args.run_id}/gold.json", "{}")
raise LookupError("no table named movies")
"""
_SLEEPING = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import os,time;os.setpgid(0,0);time.sleep(600)"])
pathlib.Path("pids").write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
_FLAKY = """
import os, pathlib, time
from fake_jobs.common import arguments, put
mark = pathlib.Path(os.environ["FLAKY_MARK"])
first = not mark.exists()
mark.write_text("was here")
if first:
    if os.environ.get("FLAKY_HANGS"):
        pathlib.Path("pids").write_text(str(os.getpid()))
        time.sleep(600)
    raise RuntimeError("the first attempt fails")
args = arguments()
put(args, "control", f"gold/{args.run_id}.json", "{}")
"""
_MODULES = {
    "__init__": "",
    "common": COMMON,
    "silver": _SILVER,
    "failing": _FAILING,
    "sleeping": _SLEEPING,
    "flaky": _FLAKY,
}


@dataclass
class Lake:
    """The containers of one test."""

    connection_string: str
    service: BlobServiceClient

    def put(self, container: str, name: str, text: str) -> None:
        """Write a blob."""
        self.service.get_blob_client(container, name).upload_blob(text.encode(), overwrite=True)

    def names(self, container: str) -> list[str]:
        """The blobs of a container."""
        return sorted(self.service.get_container_client(container).list_blob_names())

    def text(self, container: str, name: str) -> str:
        """The content of a blob."""
        return str(self.service.get_blob_client(container, name).download_blob(encoding="utf-8").readall())

    def empty(self) -> None:
        """Make all containers, delete all blobs."""
        present = {container.name for container in self.service.list_containers()}
        for name in CONTAINERS:
            container = self.service.get_container_client(name)
            if name not in present:
                container.create_container()
            for blob in container.list_blob_names():
                container.delete_blob(blob)


@dataclass
class Server:
    """A started server, its client and its directory."""

    child: Child
    work: Path
    client: WorkspaceClient

    def job_id(self, name: str) -> int:
        """The id of the job with this name."""
        (job,) = self.client.jobs.list(name=name)
        assert job.job_id is not None
        return job.job_id

    def run(self, name: str, token: str | None = None, run_id: str = "R1") -> int:
        """Start a run of a job and return the run's id."""
        answer = self.client.jobs.run_now(
            self.job_id(name), idempotency_token=token, job_parameters={"run_id": run_id}
        )
        return answer.run_id

    def ended(self, run_id: int) -> Run:
        """The run, as soon as it is over."""
        return self.until(run_id, lambda run: bool(run.end_time))

    def until(self, run_id: int, holds: Callable[[Run], bool]) -> Run:
        """The run, as soon as a condition holds for it."""
        run = wait_for(lambda: found if holds(found := self.client.jobs.get_run(run_id)) else None)
        assert run is not None
        return run

    def pids(self, run_id: int) -> list[int]:
        """The processes of a run's first attempt, as soon as it has written them down."""
        file = self.work / "runs" / str(run_id + 1) / "pids"
        text = wait_for(lambda: file.read_text() if file.exists() else "")
        return [int(part) for part in text.split()]

    def restart_after_kill(self) -> None:
        """Kill the server as a crash would, and start it again on the same directory and port."""
        self.child.kill()
        self.child.start().wait_ready()


def wait_for(probe: Callable[[], Any]) -> Any:
    """The first true answer of `probe`, asked again and again until the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if answer := probe():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"nothing within {DEADLINE_S} s")


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def job_settings(entry: str, task: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """The settings of a fake job; `task` and `job` are added to them."""
    defaults = {
        "run_id": "",
        "catalog": "crossfade",
        "tables": "abfss://{container}@account.dfs.core.windows.net/tables",
        "files": "/Volumes/crossfade/files/{area}",
    }
    parameters = [
        part
        for name in defaults
        for part in (f"--{name.replace('_', '-')}", f"{{{{job.parameters.{name}}}}}")
    ]
    wheel = {"package_name": "fake_jobs", "entry_point": entry, "parameters": parameters}
    environment = {"environment_key": "jobs", "spec": {"environment_version": "4", "dependencies": [WHEEL]}}
    return {
        "name": entry,
        "parameters": [{"name": name, "default": value} for name, value in defaults.items()],
        "environments": [environment],
        "tasks": [{"task_key": "main", "environment_key": "jobs", "python_wheel_task": wheel, **task}],
        **job,
    }


def command(place: Path, *options: str) -> list[str]:
    """The server's command line for a prepared place."""
    return [
        sys.executable, "-m", "local.databricks", "--work", str(place / "work"), "--storage-env", "STORE", "--no-java",
        *options,
    ]  # fmt: skip


def prepare(
    place: Path,
    task: dict[str, Any] | None = None,
    job: dict[str, Any] | None = None,
    modules: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """A work directory that the fake jobs were deployed to; their ids by name. `modules` replace some of theirs."""
    (place / "work").mkdir()
    database = open_database(place / "work" / "workspace.sqlite")
    WorkspaceFiles(database, _now_ms, []).write(WHEEL, fake_wheel(place, modules or {}), overwrite=True)
    jobs, owned = DeployedJobs(database, _now_ms), owned_by(DEPLOYER)
    ids = {name: jobs.create(job_settings(name, task or {}, job or {}), DEPLOYER, owned) for name in JOBS}
    database.close()
    return ids


def fake_wheel(place: Path, modules: Mapping[str, str]) -> bytes:
    """A wheel of the fake jobs: each module is one, as its function `main`."""
    path = place / "fake.whl"
    scripts = "".join(f"{name} = fake_jobs.{name}:main\n" for name in JOBS)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("fake_jobs-1.dist-info/entry_points.txt", f"[console_scripts]\n{scripts}")
        for name, text in {**_MODULES, **modules}.items():
            body = f"def main():\n{textwrap.indent(text, '    ')}" if name in JOBS else text
            archive.writestr(f"fake_jobs/{name}.py", body)
    return path.read_bytes()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def server(place: Path, lake: Lake, port: int, env: dict[str, str] | None = None) -> Iterator[Server]:
    """A server over a prepared place; ended with its jobs."""
    variables = {"DATABRICKS_TOKEN": TOKEN, "STORE": lake.connection_string, **(env or {})}
    child = Child("databricks", command(place, "--port", str(port)), variables, place / "server.log")
    with child.start():
        child.wait_ready()
        yield Server(child, place / "work", WorkspaceClient(host=child.url, token=TOKEN))


def exit_code_and_message(arguments: list[str], env: dict[str, str]) -> tuple[int, str]:
    """What a server that cannot start says."""
    answer = subprocess.run(
        arguments, env={**os.environ, **env}, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    return answer.returncode, answer.stderr
