"""What may keep an export from its end. No message holds a credential."""

from __future__ import annotations

from collections.abc import Sequence


class ExportError(RuntimeError):
    """An export cannot go on; the message says why and what to do. The next one mends it."""


class ServerUnavailableError(ExportError):
    """MongoDB did not answer for as long as an export waits; nothing is lost, the next one catches up."""


class OvertakenError(ExportError):
    """A newer export has begun, or one of a newer run is there: this one stops, so that it overwrites nothing."""


class DifferenceError(ExportError):
    """What MongoDB holds is not what gold holds; the message names the `collections`."""

    def __init__(self, message: str, collections: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.collections = tuple(collections)
