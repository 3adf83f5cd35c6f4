"""The ports, secrets, command lines and settings of each part of a stack."""

from __future__ import annotations

import secrets
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.bundle.this_machine import APP, BULK, GOLD, SECOND_DEPLOYER, SILVER, variables
from local.machine.servers import azurite_connection_string, free_port, servicebus_connection_string

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / ".local" / "node" / "node_modules"
API_TOKENS = ("TMDB_TOKEN", "DISCOGS_TOKEN")
ONCE_A_YEAR = "0 0 0 1 1 *"
EVERY_4_HOURS = "0 0 */4 * * *"


@dataclass(frozen=True)
class StackOptions:
    """What a stack is made of; the defaults are those of `make run`.

    `catalog_dir` replaces the generated catalog of `films` and `releases`. The limits hold for app and
    catalog server alike. `keep` goes on with the lake that the last stack left in `state_dir`.
    `warm` starts Spark with everything else, not at the first job.
    `mongo` has gold exported to a MongoDB, `feed` has the feed written.
    `app_settings` are added to the app's settings and win. `queues` names the file of the queues' settings.
    """

    state_dir: Path = Path(".local")
    catalog_dir: Path | None = None
    films: int = 2000
    releases: int = 3000
    seed: int = 1
    tmdb_per_s: float = 40.0
    discogs_per_min: float = 60.0
    hosts: int = 1
    plan_schedule: str = ONCE_A_YEAR
    keep: bool = False
    warm: bool = False
    mongo: bool = False
    feed: bool = False
    app_settings: Mapping[str, str] = field(default_factory=dict)
    queues: Path = ROOT / "infrastructure" / "queues.json"


@dataclass(frozen=True, repr=False)
class Credentials:
    """The secrets of one stack, in memory only. `is_real`: the tokens are those of the real APIs.

    Three may call the workspace: who deploys to it, somebody else who may, and the app, which may start jobs only.
    `mongo_uri` is a MongoDB that is there already, if any.
    """

    tmdb_token: str
    discogs_token: str
    databricks_token: str
    second_databricks_token: str
    app_databricks_token: str
    host_key: str
    is_real: bool = False
    mongo_uri: str = ""

    @classmethod
    def create(cls, environ: Mapping[str, str]) -> Credentials:
        """Random secrets; the API tokens are the environment's where it has both."""
        tmdb, discogs = environ.get("TMDB_TOKEN", ""), environ.get("DISCOGS_TOKEN", "")
        is_real = bool(tmdb and discogs)
        if not is_real:
            tmdb, discogs = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        own = (secrets.token_urlsafe(24) for _ in range(4))
        mongo_uri = environ.get("MONGO_URI", "").strip()
        return cls(tmdb, discogs, next(own), next(own), next(own), next(own), is_real, mongo_uri)


def lonely_token(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The API token that is set while the other is not, and that other; None when both are set, or neither."""
    there = [name for name in API_TOKENS if environ.get(name)]
    missing = [name for name in API_TOKENS if name not in there]
    return (there[0], missing[0]) if len(there) == 1 else None


class Wiring:
    """Ports are chosen before anything starts, so that parts can find each other and restart on the same port."""

    def __init__(self, options: StackOptions, credentials: Credentials) -> None:
        self.options, self.credentials = options, credentials
        self.state_dir = options.state_dir.absolute()
        self.host_names = ["host", *(f"host-{number}" for number in range(2, options.hosts + 1))]
        names = ("azurite", "servicebus", "control", "insights", "databricks", "catalog", "mongo")
        self.ports = {name: free_port() for name in (*names, *self.host_names)}
        self._instrumentation_key = str(uuid.uuid4())

    @property
    def has_catalog(self) -> bool:
        """Whether the catalog server stands in for the APIs."""
        return not self.credentials.is_real

    @property
    def has_mongo(self) -> bool:
        """Whether a MongoDB has to be started."""
        return self.options.mongo and not self.credentials.mongo_uri

    @property
    def mongo_uri(self) -> str:
        """Where gold is exported to; empty where it is not."""
        if not self.options.mongo:
            return ""
        return self.credentials.mongo_uri or f"mongodb://127.0.0.1:{self.ports['mongo']}/crossfade"

    @property
    def lake(self) -> str:
        """Connection string of the lake."""
        return azurite_connection_string(self.url("azurite"))

    @property
    def tables(self) -> Path:
        """The folder of the Spark jobs' tables, which lie nowhere else; it outlives the stack."""
        return self._databricks_work / "tables"

    @property
    def lake_files(self) -> Path:
        """What the Spark jobs read and write of the lake's files, on disk; it outlives the stack."""
        return self._databricks_work / "lake"

    @property
    def _databricks_work(self) -> Path:
        return self.state_dir / "databricks"

    def url(self, name: str) -> str:
        """Where a part listens."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def log_path(self, name: str) -> Path:
        """Where a part logs."""
        return self.state_dir / "logs" / f"{name}.log"

    def command(self, name: str) -> list[str]:
        """The command line of a part that is a Python module of `local`."""
        module, arguments = {
            "insights": ("insights", ["--out", str(self.state_dir / "insights")]),
            "databricks": ("databricks", self._databricks_arguments()),
            "catalog": ("catalog", self._catalog_arguments()),
            "mongo": ("mongo", ["--work", str(self.state_dir / "mongo")]),
        }.get(name, ("host", ["--app-root", str(ROOT)]))
        return [sys.executable, "-m", f"local.{module}", "--port", str(self.ports[name]), *arguments]

    def environment(self, name: str, job_ids: Mapping[str, str]) -> dict[str, str]:
        """What is added to a part's environment; only hosts need `job_ids`."""
        own = self.credentials
        if name in self.host_names:
            return self.app_settings(job_ids)
        return {
            "catalog": {"TMDB_TOKEN": own.tmdb_token, "DISCOGS_TOKEN": own.discogs_token},
            "databricks": {
                "DATABRICKS_TOKEN": own.databricks_token,
                "SECOND_DATABRICKS_TOKEN": own.second_databricks_token,
                "APP_DATABRICKS_TOKEN": own.app_databricks_token,
                "LAKE": self.lake,
                "MONGO_URI": self.mongo_uri,
                "APPLICATIONINSIGHTS_CONNECTION_STRING": self._insights_connection_string(),
            },
        }.get(name, {})

    def app_settings(self, job_ids: Mapping[str, str]) -> dict[str, str]:
        """The app's settings; `job_ids` are those that the deployed jobs were given, by key."""
        own = self.credentials
        return {
            "AzureWebJobsStorage": self.lake,
            "LAKE": self.lake,
            "TABLES_URI": f"{self.tables.as_uri()}/{{container}}",
            "FILES_PATH": f"{self.lake_files}/{{area}}",
            "SERVICEBUS": servicebus_connection_string(self.ports["servicebus"]),
            "TMDB_TOKEN": own.tmdb_token,
            "DISCOGS_TOKEN": own.discogs_token,
            **self._source_settings(),
            "DATABRICKS_HOST": self.url("databricks"),
            "DATABRICKS_TOKEN": own.app_databricks_token,
            "SILVER_JOB_ID": job_ids[SILVER],
            "GOLD_JOB_ID": job_ids[GOLD],
            "BULK_JOB_ID": job_ids[BULK],
            "APPLICATIONINSIGHTS_CONNECTION_STRING": self._insights_connection_string(),
            "PYTHON_ENABLE_OPENTELEMETRY": "true",
            "PLAN_SCHEDULE": self.options.plan_schedule,
            "BLOB_TRIGGER_SOURCE": "container_scan",
            "FEED": "all" if self.options.feed else "none",
            "LOCAL_HOST_KEY": own.host_key,
            **self.options.app_settings,
        }

    @property
    def bundle_variables(self) -> dict[str, Any]:
        """Values of the Databricks bundle's variables."""
        return variables(self._insights_connection_string())

    def _source_settings(self) -> dict[str, str]:
        if not self.has_catalog:
            return {}
        return {
            "TMDB_BASE_URL": f"{self.url('catalog')}/tmdb",
            "DISCOGS_BASE_URL": f"{self.url('catalog')}/discogs",
            "TMDB_EXPORT_URL": f"{self.url('catalog')}/files/tmdb",
            "DISCOGS_DUMP_URL": f"{self.url('catalog')}/files/discogs",
            "TMDB_REQUESTS_PER_S": _number(self.options.tmdb_per_s),
            "DISCOGS_REQUESTS_PER_MIN": _number(self.options.discogs_per_min),
        }

    def _insights_connection_string(self) -> str:
        url = self.url("insights")
        return f"InstrumentationKey={self._instrumentation_key};IngestionEndpoint={url}/;LiveEndpoint={url}/"

    def _databricks_arguments(self) -> list[str]:
        warm = ["--warm"] if self.options.warm else []
        callers = {SECOND_DEPLOYER: "SECOND_DATABRICKS_TOKEN", APP: "APP_DATABRICKS_TOKEN"}
        named = [part for name, variable in callers.items() for part in ("--caller", f"{name}={variable}")]
        return ["--work", str(self._databricks_work), "--storage-env", "LAKE", *named, *warm]

    def _catalog_arguments(self) -> list[str]:
        options = self.options
        limits = ["--tmdb-per-second", _number(options.tmdb_per_s)]
        limits += ["--discogs-per-minute", _number(options.discogs_per_min)]
        if options.catalog_dir:
            return ["--data", str(options.catalog_dir.absolute()), *limits]
        sizes = {"--films": options.films, "--releases": options.releases, "--seed": options.seed}
        return [*limits, *(part for name, value in sizes.items() for part in (name, str(value)))]


def _number(value: float) -> str:
    """A number without exponent, whole where it is whole."""
    return str(int(value)) if value == int(value) else repr(value)
