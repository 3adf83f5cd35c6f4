"""Logging of the host: one format on stderr, quiet SDKs, and no credential in any line."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable

_CREDENTIAL = re.compile(
    r"\b(AccountKey|SharedAccessKey|SharedAccessSignature|sig|code)=[^;&\s\"']+", re.IGNORECASE
)
_SHORTEST_SECRET = 8  # shorter ones are words of ordinary lines
_QUIET = {
    "azure": logging.WARNING,
    "azure.servicebus": logging.CRITICAL,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "uvicorn": logging.WARNING,
    "asyncio": logging.WARNING,
}


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and masks credentials and the given secrets in the result."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._secrets = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]

    def format(self, record: logging.LogRecord) -> str:
        """The finished line or lines, without credentials."""
        text = _CREDENTIAL.sub(r"\1=***", super().format(record))
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def configure_logging(level: str, secrets: Iterable[str] = ()) -> None:
    """Send every record of ``level`` and above to stderr; the SDKs log warnings only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    own = logging.getLogger("local.host")
    own.handlers, own.propagate = [handler], False  # the app's telemetry takes what reaches the root logger
    for name, quiet_level in _QUIET.items():
        logging.getLogger(name).setLevel(quiet_level)
