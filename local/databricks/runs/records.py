"""What the server remembers of runs and their attempts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

ATTEMPTS_PER_RUN = 1000


class Phase(StrEnum):
    """Where a run or an attempt stands; STAGING and PUBLISHING are the server's own words."""

    QUEUED = "QUEUED"
    PENDING = "PENDING"
    STAGING = "STAGING"
    RUNNING = "RUNNING"
    PUBLISHING = "PUBLISHING"
    WAITING_FOR_RETRY = "WAITING_FOR_RETRY"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    INTERNAL_ERROR = "INTERNAL_ERROR"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self in (Phase.TERMINATED, Phase.INTERNAL_ERROR)


class Result(StrEnum):
    """How a run or an attempt ended."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TIMEDOUT = "TIMEDOUT"


@dataclass(frozen=True)
class RunRecord:
    """One run of a job, which `submitter` asked for. Times are Unix milliseconds, 0 while they are in the future."""

    run_id: int
    job_id: int
    token: str | None
    parameters: dict[str, str] = field(default_factory=dict)
    phase: Phase = Phase.PENDING
    result: Result | None = None
    code: str | None = None
    message: str = ""
    is_cancel_requested: bool = False
    submitted_ms: int = 0
    started_ms: int = 0
    ended_ms: int = 0
    submitter: str = ""


@dataclass(frozen=True)
class AttemptRecord:
    """One attempt of a run's task; `pid` and `birth` name its process group while it runs."""

    run_id: int
    number: int
    phase: Phase = Phase.STAGING
    result: Result | None = None
    code: str | None = None
    message: str = ""
    pid: int | None = None
    birth: str | None = None
    started_ms: int = 0
    executed_ms: int = 0
    published_ms: int = 0
    ended_ms: int = 0

    @property
    def task_run_id(self) -> int:
        """The id the API gives this attempt: run ids are multiples of 1,000, attempts lie between."""
        return self.run_id + 1 + self.number
