"""Errors of the local workspace.

Exception
├── ApiError                 answered to the client as JSON
│   ├── Unauthenticated      401  no bearer token was sent
│   ├── PermissionDenied     403  the bearer token is a wrong one
│   ├── InvalidParameter     400  INVALID_PARAMETER_VALUE
│   ├── DoesNotExist         404  RESOURCE_DOES_NOT_EXIST, or an object of Unity Catalog's own code
│   ├── AlreadyExists        409  RESOURCE_ALREADY_EXISTS, or an object of Unity Catalog's own code
│   ├── EndpointNotFound     404  ENDPOINT_NOT_FOUND
│   └── NotImplementedHere   501  part of the real API, not of this server
├── UnfitJob                 the settings of a job are not those of a job that runs here
└── AttemptEnded             one attempt of a task is over, other than by success
    ├── AttemptFailed        the job, its storage or its machine failed
    ├── AttemptTimedOut      a timeout of the task or of the job passed
    └── RunCanceled          a client asked for it
"""


class ApiError(Exception):
    """An error that is answered to the client: `status` (HTTP), `error_code` and a message."""

    status = 500
    error_code = "INTERNAL_ERROR"

    def __init__(self, message: str, error_code: str | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code or type(self).error_code


class Unauthenticated(ApiError):
    """No bearer token came with the request."""

    status = 401
    error_code = "UNAUTHENTICATED"


class PermissionDenied(ApiError):
    """The bearer token is one that this server does not know, or its owner may not do this."""

    status = 403
    error_code = "PERMISSION_DENIED"


class InvalidParameter(ApiError):
    """A parameter is missing or has a value that cannot be used."""

    status = 400
    error_code = "INVALID_PARAMETER_VALUE"


class DoesNotExist(ApiError):
    """Nothing has this id, name or path."""

    status = 404
    error_code = "RESOURCE_DOES_NOT_EXIST"


class AlreadyExists(ApiError):
    """Something has this name or path already."""

    status = 409
    error_code = "RESOURCE_ALREADY_EXISTS"


class EndpointNotFound(ApiError):
    """The path belongs to no API."""

    status = 404
    error_code = "ENDPOINT_NOT_FOUND"


class NotImplementedHere(ApiError):
    """The real API has this endpoint, the local one does not."""

    status = 501
    error_code = "NOT_IMPLEMENTED"


class UnfitJob(Exception):
    """The settings of a job are not those of a job that runs here."""


class AttemptEnded(Exception):
    """An attempt is over without success: `code` is the API's termination code."""

    code = "INTERNAL_ERROR"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code


class AttemptFailed(AttemptEnded):
    """The job ended with an error, or its storage or machine did."""

    code = "RUN_EXECUTION_ERROR"


class AttemptTimedOut(AttemptEnded):
    """The attempt took longer than the task or the job permits."""

    code = "RUN_EXECUTION_ERROR"


class RunCanceled(AttemptEnded):
    """The run was canceled by a client."""

    code = "USER_CANCELED"
