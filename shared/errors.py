"""The exceptions of Crossfade.

CrossfadeError
├── InvalidInput            a field of something given to us is wrong; names the field and the remedy
│   ├── InvalidRequest      HTTP body or query: answered with 400
│   ├── InvalidMessage      a queue message: stored with the reason and completed
│   └── InvalidSettings     a setting: the app does not start, or the run fails at once
├── RunConflict             another run is active: answered with 409
├── RunNotFound             no such run: answered with 404
├── NotInFeed              the feed does not know the run: answered with 404
├── ReportNotFound          the run has no such report: answered with 404
├── RunNotEnded             the run is still active: answered with 409
├── NotKnown                no film, record or view of that name is in the tables: answered with 404
├── OverQuota               a key has asked as often as it may: answered with 429
├── SourceError             an answer of TMDB or Discogs that cannot be used
│   ├── RetryableSourceError    worth asking again
│   │   ├── SourceUnavailable   5xx, time-out, reset, a page of the source's edge, an answer that is not whole
│   │   │   └── EmptyList       a list that should hold something is empty (in `shared.sources.client`)
│   │   └── Throttled           429: the lane slows down, the task does not fail
│   └── PermanentSourceError    asking again gives the same
│       ├── CredentialsRejected 401 or 403 of the source's own: fails the whole run at once
│       ├── RecordNotFound      404
│       └── RequestRefused      any other 4xx
├── LanePaused              the source wants a rest longer than is waited out in place: the task comes again later
├── RunEnded                the run of a task ended meanwhile: the task is completed unread
├── JobRefused              a Databricks job cannot be started, for a reason that does not pass by itself
├── Unreachable             something the app stands on does not answer, or refuses
│   ├── LakeUnavailable     the storage account
│   ├── QueuesUnavailable   the Service Bus namespace
│   ├── WorkspaceUnavailable    the Databricks workspace
│   ├── VaultUnavailable    the vault of the API tokens
│   └── CacheUnavailable    the response cache
├── BlobExists              a write-once blob is already there
└── StaleWrite              somebody else changed a blob since it was read
"""

from __future__ import annotations


class CrossfadeError(Exception):
    """Base of every error raised by this project."""


class InvalidInput(CrossfadeError):
    """A field of something given to us is wrong.

    Args:
        field: name of the field as the giver knows it.
        problem: what is wrong with which value, and what to give instead.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class InvalidRequest(InvalidInput):
    """An HTTP body or query parameter is wrong."""


class InvalidMessage(InvalidInput):
    """A queue message cannot be read."""


class InvalidSettings(InvalidInput):
    """A setting is missing or wrong."""


class RunConflict(CrossfadeError):
    """Another run is active."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} is active; wait for it to end, or cancel it")
        self.run_id = run_id


class RunNotFound(CrossfadeError):
    """No run has that id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"no run {run_id}; GET /api/runs lists the runs there are")
        self.run_id = run_id


class NotInFeed(CrossfadeError):
    """The feed's changes do not go back to that run, or there is no feed."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"the feed has no changes since {run_id}: take its links whole, and go on from the run they are of"
        )
        self.run_id = run_id


class ReportNotFound(CrossfadeError):
    """The run has no such report."""

    def __init__(self, run_id: str, report: str) -> None:
        super().__init__(f"run {run_id} has no {report} report; its {report} job writes one")
        self.run_id = run_id


class RunNotEnded(CrossfadeError):
    """The run is still active."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} is still active; cancel it first, or wait for it to end")
        self.run_id = run_id


class NotKnown(CrossfadeError):
    """No film, record or view of that name is in the tables."""


class OverQuota(CrossfadeError):
    """A key has asked as often as it may.

    Args:
        quota: what it has used up, such as "600 requests a minute".
        retry_after_s: seconds until it may ask again.
    """

    def __init__(self, quota: str, retry_after_s: int) -> None:
        super().__init__(f"this key has made its {quota}; ask again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class SourceError(CrossfadeError):
    """An answer of a source that cannot be used."""


class RetryableSourceError(SourceError):
    """Worth asking again."""


class SourceUnavailable(RetryableSourceError):
    """5xx, time-out, reset connection, a page of the source's edge, or an answer that is not what was asked for."""


class Throttled(RetryableSourceError):
    """The source answered 429.

    Args:
        retry_after_s: seconds the source asks to wait; None when it did not say.
    """

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PermanentSourceError(SourceError):
    """Asking again gives the same answer."""


class CredentialsRejected(PermanentSourceError):
    """The source refuses our token; nothing else will work either."""


class RecordNotFound(PermanentSourceError):
    """The source has no such record."""


class RequestRefused(PermanentSourceError):
    """The source refuses the request itself, such as a page beyond its cap."""


class LanePaused(CrossfadeError):
    """The source wants a rest that is too long to be waited out in place.

    Args:
        source: the source that wants it.
        wait_s: seconds until it may be asked again.
    """

    def __init__(self, source: str, wait_s: float) -> None:
        super().__init__(f"{source} wants a rest of {wait_s:.0f} s")
        self.wait_s = wait_s


class RunEnded(CrossfadeError):
    """The run a task belongs to has ended, or never was: the task has lost its point."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} is not active")
        self.run_id = run_id


class JobRefused(CrossfadeError):
    """A Databricks job cannot be started, for a reason that does not pass by itself.

    Args:
        job_id: the job.
        problem: what the workspace, or the search for a credential, says.
    """

    def __init__(self, job_id: int, problem: str) -> None:
        super().__init__(f"the job {job_id} cannot be started: {problem}")


class Unreachable(CrossfadeError):
    """Something the app stands on does not answer, or refuses; the SDK's own error is the cause.

    Args:
        what: what does not answer, for people.
        kind: the kind of error, such as the class of the SDK's; it names no address and no secret.
        is_passing: whether asking again may do.
    """

    def __init__(self, what: str, kind: str, is_passing: bool = True) -> None:
        super().__init__(f"{what}: {kind}")
        self.kind = kind
        self.is_passing = is_passing


class LakeUnavailable(Unreachable):
    """The storage account does not answer, or refuses."""


class QueuesUnavailable(Unreachable):
    """The Service Bus namespace does not answer, or refuses."""


class WorkspaceUnavailable(Unreachable):
    """The Databricks workspace does not answer, or refuses."""


class VaultUnavailable(Unreachable):
    """The vault of the API tokens does not answer, or refuses."""


class CacheUnavailable(Unreachable):
    """The response cache does not answer, or refuses."""


class BlobExists(CrossfadeError):
    """A write-once blob is already there."""


class StaleWrite(CrossfadeError):
    """The blob changed since it was read."""
