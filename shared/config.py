"""Every setting of the function app, in one class; nothing else reads the environment.

Names are the app settings' names. Secrets are `SecretStr`; where `KEY_VAULT_URL` is set the two API tokens are
read from the vault instead (`shared.adapters.vault`).

Importing and indexing need no settings: what triggers are made of is read by `plan_schedule` and
`is_container_scan`, which give the default for a value that the class refuses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import InvalidSettings
from shared.ncrontab import is_schedule

DEFAULT_SCHEDULE = "0 0 */4 * * *"


class Settings(BaseSettings):
    """App settings; defaults fit one machine. Durations carry their unit in the name."""

    model_config = SettingsConfigDict(case_sensitive=False, extra="ignore", populate_by_name=True)

    # Connections. A storage or Service Bus connection is a connection string, or an identity-based one.
    lake: SecretStr | None = Field(None, description="Connection string of the lake's storage account")
    lake_account_url: AnyHttpUrl | None = Field(
        None,
        alias="LAKE__blobServiceUri",
        description="Blob endpoint of the lake, with identity instead of a connection string",
    )
    tables_uri: str = Field(
        "abfss://{container}@localhost/tables",
        pattern=r"\{container\}",
        description="Where tables lie, as Spark names it: a URI with {container} in it",
    )
    files_path: str = Field(
        "/Volumes/crossfade/files/{area}",
        pattern=r"\{area\}",
        description="Where the jobs find the lake's files, such as raw answers: a path with {area} in it",
    )
    catalog: str = Field(
        "spark_catalog",
        min_length=1,
        description="Catalog of the tables; in Unity Catalog the one made for them",
    )
    servicebus: SecretStr | None = Field(None, description="Connection string of the Service Bus namespace")
    servicebus_namespace: str | None = Field(
        None,
        alias="SERVICEBUS__fullyQualifiedNamespace",
        description="Host of the Service Bus namespace, with identity instead of a connection string",
    )
    key_vault_url: AnyHttpUrl | None = Field(None, description="Vault that holds the API tokens")
    applicationinsights_connection_string: SecretStr | None = Field(
        None, description="Where telemetry goes; none is sent without it"
    )
    python_applicationinsights_enable_telemetry: bool = Field(
        False, description="true: the Functions worker configures Azure Monitor, so the app does not"
    )
    python_enable_opentelemetry: bool = Field(
        True,
        description="true: the Functions host leaves log lines and exceptions to the app, and says its trace",
    )
    azure_client_id: str | None = Field(None, description="User-assigned managed identity")

    # The sources and their limits.
    tmdb_token: SecretStr | None = Field(None, description="TMDB v4 read token")
    discogs_token: SecretStr | None = Field(None, description="Discogs personal access token")
    tmdb_base_url: AnyHttpUrl = Field(
        AnyHttpUrl("https://api.themoviedb.org"), description="TMDB's API, without the /3"
    )
    discogs_base_url: AnyHttpUrl = Field(AnyHttpUrl("https://api.discogs.com"), description="Discogs' API")
    tmdb_export_url: AnyHttpUrl = Field(
        AnyHttpUrl("https://files.tmdb.org/p/exports"), description="Folder of TMDB's daily id exports"
    )
    discogs_dump_url: AnyHttpUrl = Field(
        AnyHttpUrl("https://discogs-data-dumps.s3.us-west-2.amazonaws.com/data"),
        description="Folder of Discogs' monthly dumps, which has a folder a year",
    )
    discogs_dump_day: str = Field(
        "", pattern=r"^(\d{8})?$", description="Day in the dump's name, YYYYMMDD; the newest without it"
    )
    user_agent: str = Field(
        "Crossfade/0.1", min_length=3, description="Sent to both APIs; Discogs wants one that names you"
    )
    tmdb_requests_per_s: float = Field(40.0, gt=0, description="Requests a second TMDB permits")
    discogs_requests_per_min: float = Field(60.0, gt=1, description="Requests a minute Discogs permits")
    lanes_per_source: int = Field(1, ge=1, le=16, description="Sessions a source's tasks are spread over")
    discogs_type: Literal["release", "master"] = Field(
        "release",
        description="What the search returns; masters are also asked for one by one, for only their own answers name "
        "a release",
    )
    discogs_details: bool = Field(False, description="Also ask for each release's tracklist and credits")
    request_timeout_s: float = Field(30.0, gt=0, description="One HTTP request")
    attempts_in_place: int = Field(3, ge=1, le=10, description="Tries of one request within a task")
    max_attempts: int = Field(4, ge=1, le=20, description="Times a task is sent before it is failed")
    resend_delay_s: float = Field(30.0, gt=0, description="Delay before the second attempt; times 4 each")
    task_limit_s: float = Field(
        240.0, gt=0, le=270, description="A task that takes longer is sent again; waits of its lane count"
    )
    outage_hold_s: float = Field(
        300.0,
        ge=0,
        le=300,
        description="How long a message is held while the lake, the vault, a token or the queues are gone; "
        "then it is sent again",
    )

    # Planning and runs.
    plan_schedule: str = Field(DEFAULT_SCHEDULE, description="NCRONTAB of the timer that plans runs")
    plan_mode: Literal["full", "incremental", "bulk"] = Field(
        "full", description="Mode of runs the timer plans"
    )
    bulk_requests: int = Field(
        200_000, ge=1, description="Films a bulk run asks TMDB for at most; the next run goes on"
    )
    max_failed_share: float = Field(0.01, ge=0, le=1, description="Share of films and releases that may fail")
    least_catalog_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Of the last whole reading of a list, what the next must bring to be read on from",
    )
    run_limit_min: float = Field(
        120.0, gt=0, description="A run that takes longer is reported overdue, a critical alert"
    )
    stalled_after_min: float = Field(
        5.0, gt=0, description="An ingest that moves no more for so long is looked at for lost tasks"
    )
    freshness_min: float = Field(
        0.0, ge=0, description="Answers of the last completed run that are younger are not asked for again"
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis that caches answers for FRESHNESS_MIN; without it the lake is the cache"
    )
    blob_trigger_source: Literal["event_grid", "container_scan"] = Field(
        "event_grid", description="How blob triggers learn of manifests; container_scan on one machine"
    )

    # Databricks.
    databricks_host: AnyHttpUrl | None = Field(None, description="URL of the workspace")
    databricks_token: SecretStr | None = Field(
        None, description="Access token; without it the managed identity is used"
    )
    silver_job_id: int | None = Field(None, description="Id of the crossfade-silver job")
    gold_job_id: int | None = Field(None, description="Id of the crossfade-gold job")
    bulk_job_id: int | None = Field(None, description="Id of the crossfade-bulk job; bulk runs need it")

    # Alerts and notices.
    quality_critical: float = Field(0.90, ge=0, le=1, description="Quality under it is a critical alert")
    quality_warning: float = Field(0.95, ge=0, le=1, description="Quality under it is a warning")
    no_run_alert_min: float = Field(
        360.0, gt=0, description="No completed run for so long is a critical alert"
    )
    late_warning_min: float = Field(60.0, gt=0, description="A run that takes longer is a warning")
    volume_sigmas: float = Field(
        3.0, gt=0, description="Records of a source further off the runs before are a warning"
    )
    volume_runs: int = Field(10, ge=5, le=30, description="Completed runs that a volume is compared with")
    utilisation_warning: float = Field(
        0.8, gt=0, description="A run that takes more than this share of SCHEDULE_INTERVAL_MIN is a warning"
    )
    schedule_interval_min: float = Field(240.0, gt=0, description="Time between two runs of PLAN_SCHEDULE")
    storage_budget_gb: float = Field(
        500.0, ge=0, description="A lake that holds more is a warning; 0 for no limit"
    )
    slack_webhook_url: SecretStr | None = Field(None, description="Slack incoming webhook for notices")
    webhook_url: SecretStr | None = Field(None, description="Any other webhook for notices, as JSON")
    webhook_secret: SecretStr | None = Field(
        None, description="Signs the notices to WEBHOOK_URL with HMAC-SHA256; unsigned without it"
    )
    notice_repeat_min: float = Field(
        60.0, ge=0, description="The same alert, open again within that time, is not told again"
    )
    notices_per_hour: int = Field(30, ge=1, description="Notices sent in an hour at most; others wait")
    lookups_per_min: int = Field(600, ge=1, description="Lookups a key may make in a minute")
    lookups_per_day: int = Field(50_000, ge=1, description="Lookups a key may make in a day, in UTC")
    public_url: AnyHttpUrl | None = Field(None, description="Base URL of this app in links")

    # Retention. What the current tables, the last completed run and the active run stand on is always kept.
    tmdb_retention_days: int = Field(
        180,
        ge=2,
        description="TMDB's answers older than that, and films not seen again, are removed; six months are permitted",
    )
    discogs_retention_days: int = Field(
        730,
        ge=2,
        description="Discogs' answers older than that, and releases not seen again, are removed",
    )
    runs_retention_days: int = Field(
        730,
        ge=1,
        description="States, journals, manifests and failed tasks of runs older than that are removed",
    )
    metrics_retention_days: int = Field(
        730, ge=1, description="Metrics and reports of runs older than that are removed"
    )
    feed: Literal["all", "none"] = Field(
        "all",
        description="Whether the gold job writes the feed after its results: the links as files to copy",
    )
    gold_views: Literal["all", "none"] = Field(
        "all", description="Views the gold job computes after matching; none leaves them as they were"
    )
    min_precision: float = Field(
        0.99,
        gt=0,
        lt=1,
        description="Matches marked as published are right in that share of held-out records",
    )
    table_retention_days: float = Field(
        7.0, gt=0, description="Older versions of tables can be read and restored for so long"
    )

    @property
    def retention_days(self) -> Mapping[str, int]:
        """How long the answers of each source are kept."""
        return {"tmdb": self.tmdb_retention_days, "discogs": self.discogs_retention_days}

    @property
    def permitted_per_min(self) -> Mapping[Literal["tmdb", "discogs"], float]:
        """Requests a minute that each source permits."""
        return {"tmdb": self.tmdb_requests_per_s * 60, "discogs": self.discogs_requests_per_min}

    @property
    def asks_discogs_records(self) -> bool:
        """Whether what the search lists is asked for one by one too; a master is always, see `discogs_type`."""
        return self.discogs_details or self.discogs_type == "master"

    @field_validator("plan_schedule")
    @classmethod
    def _check_schedule(cls, value: str) -> str:
        if not is_schedule(value):
            raise ValueError(f"is no NCRONTAB of six fields, such as {DEFAULT_SCHEDULE}")
        return value


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment; arguments win.

    Raises:
        InvalidSettings: naming the first setting that is wrong with what to do, and the others by name.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        refused = refusals_of(error)
        name, *others = refused
        also = f"; wrong as well: {', '.join(others)}" if others else ""
        raise InvalidSettings(name, refused[name] + also) from None


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read once."""
    return load_settings()


def plan_schedule() -> str:
    """PLAN_SCHEDULE for the timer's trigger; the default where it is not set, or no schedule."""
    given = os.environ.get("PLAN_SCHEDULE", "")
    return given if is_schedule(given) else DEFAULT_SCHEDULE


def is_container_scan() -> bool:
    """Whether BLOB_TRIGGER_SOURCE says that blob triggers scan their container; Event Grid otherwise."""
    return os.environ.get("BLOB_TRIGGER_SOURCE") == "container_scan"


def setting_names() -> dict[str, str]:
    """The name of each setting, as app settings have it, by the name of its field."""
    return {name: field.alias or name.upper() for name, field in Settings.model_fields.items()}


def refusals_of(error: ValidationError) -> dict[str, str]:
    """What is wrong with each setting and what to do, by the setting's name; no value is repeated."""
    by_given = {given.lower(): field for field, name in setting_names().items() for given in (field, name)}
    found: dict[str, str] = {}
    for entry in error.errors(include_input=False, include_url=False):
        field = by_given[str(entry["loc"][0]).lower()]
        message = entry["msg"].removeprefix("Value error, ")
        remedy = _remedy(Settings.model_fields[field])
        found[setting_names()[field]] = f"{message[0].lower()}{message[1:]}; {remedy}"
    return found


def _remedy(field: FieldInfo) -> str:
    without = "" if field.default is None else f" for the default {field.default}"
    return f"correct it, or remove it{without} ({field.description})"
