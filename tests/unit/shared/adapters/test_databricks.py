"""Adapters over small stand-ins of the SDKs: Databricks, Key Vault, Redis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from databricks.sdk.errors import (
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    Unauthenticated,
)
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunOutput, RunResultState, RunTask
from databricks.sdk.service.jobs import RunState as JobState
from pydantic import SecretStr
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.adapters.databricks import Databricks
from shared.adapters.vault import Secrets
from shared.errors import InvalidSettings, JobRefused
from shared.ingestion.raw_blobs import RawLine
from shared.ingestion.response_cache import NoHoldings, RedisHoldings
from shared.sources.client import ApiRequest


class Jobs:
    """The jobs of a workspace client: one run, in a state that the test sets."""

    def __init__(self, state: JobState | None, errors: dict[int, str] | None = None) -> None:
        self.state, self.errors = state, errors or {}
        self.calls: list[tuple[Any, ...]] = []
        self.refusal: Exception | None = None

    def run_now(self, job_id: int, idempotency_token: str, job_parameters: dict[str, str]) -> SimpleNamespace:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append((job_id, idempotency_token, job_parameters))
        return SimpleNamespace(bind=lambda: {"run_id": 77})

    def get_run(self, run_id: int) -> Run:
        tasks = [RunTask(task_key="a"), *(RunTask(task_key=str(n), run_id=n) for n in (1, 2))]
        return Run(run_id=run_id, run_page_url="https://w.invalid/77", state=self.state, tasks=tasks)

    def get_run_output(self, run_id: int) -> RunOutput:
        return RunOutput(error=self.errors.get(run_id))

    def cancel_run(self, run_id: int) -> None:
        self.calls.append(("cancel", run_id))


def workspace(jobs: Jobs) -> Databricks:
    return Databricks(lambda: SimpleNamespace(jobs=jobs))  # type: ignore[arg-type,return-value]


def ended(result: RunResultState, message: str | None = None) -> JobState:
    return JobState(life_cycle_state=RunLifeCycleState.TERMINATED, result_state=result, state_message=message)


async def test_a_job_is_started_with_its_token_and_parameters() -> None:
    """run_now gets job, token and parameters; what comes back says how the run is doing."""
    jobs = Jobs(JobState(life_cycle_state=RunLifeCycleState.RUNNING))
    run = await workspace(jobs).start(11, "token", {"run_id": "r"})
    assert jobs.calls == [(11, "token", {"run_id": "r"})]
    assert (run.run_id, run.url, run.is_ended, run.is_ok) == (77, "https://w.invalid/77", False, False)


@pytest.mark.parametrize(
    ("state", "is_ended", "is_ok", "reason"),
    [
        (None, False, False, None),
        (ended(RunResultState.SUCCESS), True, True, "SUCCESS"),
        (ended(RunResultState.FAILED, "see output"), True, False, "FAILED: see output"),
        (ended(RunResultState.CANCELED), True, False, "CANCELED"),
        (
            JobState(life_cycle_state=RunLifeCycleState.INTERNAL_ERROR, state_message="no cluster"),
            True,
            False,
            "no cluster",
        ),
        (JobState(life_cycle_state=RunLifeCycleState.SKIPPED), True, False, None),
        (JobState(life_cycle_state=RunLifeCycleState.PENDING), False, False, None),
    ],
)
async def test_how_a_job_run_is_doing(
    state: JobState | None, is_ended: bool, is_ok: bool, reason: str | None
) -> None:
    """Ended or not, well or not, with what Databricks says of it."""
    run = await workspace(Jobs(state)).get(77)
    assert (run.is_ended, run.is_ok, run.reason) == (is_ended, is_ok, reason)


async def test_a_failed_job_tells_the_error_of_its_task() -> None:
    """The first task with an error says what went wrong, shortened where it is endless."""
    jobs = Jobs(ended(RunResultState.FAILED), errors={2: "AnalysisException " + "x" * 5_000})
    reason = (await workspace(jobs).get(77)).reason
    assert reason is not None and reason.startswith("AnalysisException") and len(reason) <= 1_000


async def test_a_job_is_cancelled() -> None:
    """The workspace is told which run."""
    jobs = Jobs(None)
    await workspace(jobs).cancel(77)
    assert jobs.calls == [("cancel", 77)]


class Vault:
    """A vault with one secret, which may change."""

    value: str | None = "first"

    async def get_secret(self, name: str) -> SimpleNamespace:
        if name != "tmdb-token":
            raise ResourceNotFoundError(f"no {name}")
        return SimpleNamespace(value=self.value)


async def test_secrets_come_from_the_vault_when_there_is_one() -> None:
    """Read anew each time, so that a rotated key is found; the settings do not count then."""
    vault = Vault()
    secrets = Secrets(vault, {"TMDB_TOKEN": SecretStr("from settings")})  # type: ignore[arg-type]
    assert await secrets.get("TMDB_TOKEN") == "first"
    vault.value = "second"
    assert await secrets.get("TMDB_TOKEN") == "second"


async def test_a_secret_the_vault_lacks_is_named() -> None:
    """The error names the setting and what the vault calls it."""
    with pytest.raises(InvalidSettings, match=r"DISCOGS_TOKEN.*discogs-token"):
        await Secrets(Vault(), {}).get("DISCOGS_TOKEN")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, SecretStr("")])
async def test_a_secret_that_is_nowhere_is_named(value: SecretStr | None) -> None:
    """Missing and empty are the same, and the error says what to set."""
    with pytest.raises(InvalidSettings, match=r"TMDB_TOKEN.*KEY_VAULT_URL"):
        await Secrets(None, {"TMDB_TOKEN": value}).get("TMDB_TOKEN")


async def test_secrets_come_from_settings_without_a_vault() -> None:
    """One machine needs no vault."""
    assert await Secrets(None, {"TMDB_TOKEN": SecretStr("t")}).get("TMDB_TOKEN") == "t"


class Redis:
    """A Redis with get and set, that may be down."""

    def __init__(self, is_down: bool = False) -> None:
        self.values: dict[str, bytes] = {}
        self.is_down = is_down

    async def get(self, key: str) -> bytes | None:
        self._check()
        return self.values.get(key)

    async def set(self, key: str, value: bytes, ex: timedelta) -> None:
        self._check()
        assert ex == timedelta(minutes=5)
        self.values[key] = value

    def _check(self) -> None:
        if self.is_down:
            raise RedisConnectionError("no route")


async def test_redis_gives_back_what_it_was_given() -> None:
    """The same request, in whatever order its query stands, finds the same answer; another one does not."""
    holdings = RedisHoldings(Redis(), timedelta(minutes=5))  # type: ignore[arg-type]
    request = ApiRequest("/3/movie/1", {"b": "2", "a": "1"})
    line = RawLine(request, datetime(2026, 11, 20, 6, 30, tzinfo=UTC), 404, '{"x": 1.0}', {"x": 1.0})
    assert await holdings.line_of("tmdb", request) is None
    await holdings.keep("tmdb", line)
    assert await holdings.line_of("tmdb", ApiRequest("/3/movie/1", {"a": "1", "b": "2"})) == line
    assert await holdings.line_of("tmdb", ApiRequest("/3/movie/2")) is None
    assert await holdings.line_of("discogs", request) is None


async def test_a_redis_that_is_down_is_no_cache(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is found, nothing is kept, nothing fails."""
    holdings = RedisHoldings(Redis(is_down=True), timedelta(minutes=5))  # type: ignore[arg-type]
    request = ApiRequest("/3/movie/1")
    await holdings.keep("tmdb", RawLine(request, datetime.now(UTC), 200, "{}", {}))
    assert await holdings.line_of("tmdb", request) is None
    assert "out of reach" in caplog.text


async def test_without_a_cache_nothing_is_held() -> None:
    """The default holds nothing."""
    holdings, request = NoHoldings(), ApiRequest("/3/movie/1")
    await holdings.keep("tmdb", RawLine(request, datetime.now(UTC), 200, "{}", {}))
    assert await holdings.line_of("tmdb", request) is None


REFUSALS = [
    NotFound("no job 7"),
    InvalidParameterValue("unknown parameter"),
    PermissionDenied("no"),
    Unauthenticated("no"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
async def test_a_start_that_cannot_work_is_told_apart(refusal: Exception) -> None:
    """No such job, no right, a parameter it does not take: asking again gives the same."""
    jobs = Jobs(None)
    jobs.refusal = refusal
    workspace = Databricks(lambda: SimpleNamespace(jobs=jobs))  # type: ignore[arg-type, return-value]
    with pytest.raises(JobRefused, match=str(refusal)):
        await workspace.start(7, "token", {})


async def test_a_workspace_without_a_credential_refuses_too() -> None:
    """The SDK looks for a credential when its client is made."""

    def connect() -> Any:
        raise ValueError("default auth: cannot configure default credentials")

    with pytest.raises(JobRefused, match="cannot configure default credentials"):
        await Databricks(connect).start(7, "token", {})


async def test_a_workspace_that_is_busy_refuses_nothing() -> None:
    """What passes is raised as it is, so that the trigger tries again without counting it."""
    jobs = Jobs(None)
    jobs.refusal = TemporarilyUnavailable("busy")
    workspace = Databricks(lambda: SimpleNamespace(jobs=jobs))  # type: ignore[arg-type, return-value]
    with pytest.raises(TemporarilyUnavailable):
        await workspace.start(7, "token", {})
