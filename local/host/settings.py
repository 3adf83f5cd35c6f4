"""What host.json and the app settings (the environment) say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.host.errors import SettingError

#: Settings that begin so win over host.json: the path of what they set follows, its parts joined by two underlines.
OVERRIDE = "AzureFunctionsJobHost__"
FOR_EVER_S = 365 * 86400.0
_EXPRESSION = re.compile(r"%([^%\s]+)%")
_TIMESPAN = re.compile(r"(-)?(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")


@dataclass(frozen=True)
class ServiceBusOptions:
    """``extensions.serviceBus`` of host.json, with the extension's defaults; times in seconds."""

    prefetch_count: int = 0
    auto_complete_messages: bool = True
    max_auto_lock_renewal_s: float = 300.0
    max_concurrent_calls: int = 16
    max_concurrent_sessions: int = 8
    max_concurrent_calls_per_session: int = 1
    max_message_batch_size: int = 1000
    min_message_batch_size: int = 1
    max_batch_wait_s: float = 30.0
    session_idle_s: float = 60.0


@dataclass(frozen=True)
class HostOptions:
    """What the host takes from host.json; ``function_timeout_s`` None means no limit."""

    function_timeout_s: float | None = 1800.0
    route_prefix: str = "api"
    service_bus: ServiceBusOptions = field(default_factory=ServiceBusOptions)
    blob_parallelism: int = 8


def timespan_s(text: str) -> float:
    """Seconds of a .NET TimeSpan ``[-][d.]hh:mm:ss[.f]``; ``SettingError`` when it is none."""
    match = _TIMESPAN.fullmatch(text.strip())
    if match is None:
        raise SettingError(f"'{text}' is not a time span: write it as hh:mm:ss")
    sign, days, hours, minutes, seconds = match.groups(default="0")
    size_s = int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return -size_s if sign == "-" else size_s


def read_host_json(path: Path, environment: Mapping[str, str]) -> HostOptions:
    """host.json, with what the environment overrides, as options.

    Raises ``SettingError`` naming the file when it is absent, not JSON, or not version 2.0.
    """
    content = _read_json(path)
    for name, text in environment.items():
        if name.startswith(OVERRIDE):
            _override(content, name.removeprefix(OVERRIDE).split("__"), text)
    if content.get("version") != "2.0":
        raise SettingError(f'{path}: "version" must be "2.0", not {content.get("version")!r}')
    extensions = content.get("extensions", {})
    timeout = content.get("functionTimeout")
    return HostOptions(
        function_timeout_s=None if timeout in ("-1", -1) else timespan_s(timeout or "00:30:00"),
        route_prefix=str(extensions.get("http", {}).get("routePrefix", "api")).strip("/"),
        service_bus=_service_bus_options(extensions.get("serviceBus", {})),
        blob_parallelism=int(extensions.get("blobs", {}).get("maxDegreeOfParallelism", 8)),
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingError(f"{path} does not exist: a function app has a host.json") from None
    except ValueError as error:
        raise SettingError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise SettingError(f"{path} must hold a JSON object")
    return content


def _override(section: dict[str, Any], path: Sequence[str], text: str) -> None:
    """Set what lies at a path of names, whose case does not matter; numbers and truth values are read as JSON."""
    name = next((key for key in section if key.lower() == path[0].lower()), path[0])
    if len(path) > 1:
        _override(section.setdefault(name, {}), path[1:], text)
        return
    try:
        section[name] = json.loads(text)
    except ValueError:
        section[name] = text


def _service_bus_options(section: Mapping[str, Any]) -> ServiceBusOptions:
    default = ServiceBusOptions()

    def seconds(name: str, otherwise: float) -> float:
        return timespan_s(section[name]) if section.get(name) else otherwise

    return ServiceBusOptions(
        prefetch_count=int(section.get("prefetchCount", default.prefetch_count)),
        auto_complete_messages=bool(section.get("autoCompleteMessages", True)),
        max_auto_lock_renewal_s=_renewal_s(
            seconds("maxAutoLockRenewalDuration", default.max_auto_lock_renewal_s)
        ),
        max_concurrent_calls=int(section.get("maxConcurrentCalls", default.max_concurrent_calls)),
        max_concurrent_sessions=int(section.get("maxConcurrentSessions", default.max_concurrent_sessions)),
        max_concurrent_calls_per_session=int(
            section.get("maxConcurrentCallsPerSession", default.max_concurrent_calls_per_session)
        ),
        max_message_batch_size=int(section.get("maxMessageBatchSize", default.max_message_batch_size)),
        min_message_batch_size=int(section.get("minMessageBatchSize", default.min_message_batch_size)),
        max_batch_wait_s=seconds("maxBatchWaitTime", default.max_batch_wait_s),
        session_idle_s=seconds("sessionIdleTimeout", default.session_idle_s),
    )


def _renewal_s(limit_s: float) -> float:
    """How long locks are renewed; minus one millisecond is .NET's infinite time span."""
    return FOR_EVER_S if limit_s < 0 else limit_s


class AppSettings:
    """The app settings: binding expressions and connections, resolved or refused with the function's name."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def get(self, name: str) -> str | None:
        """The setting's value, None when it is absent or empty."""
        return self._environment.get(name) or None

    def resolve(self, text: str, function: str) -> str:
        """``text`` with every ``%SETTING%`` replaced; ``SettingError`` names function and setting."""

        def value(match: re.Match[str]) -> str:
            found = self.get(match[1])
            if found is None:
                raise SettingError(
                    f"function {function}: the setting {match[1]} (in '{text}') is missing: add it to the app settings"
                )
            return found

        return _EXPRESSION.sub(value, text)

    def is_disabled(self, function: str) -> bool:
        """Whether ``AzureWebJobs.FUNCTION.Disabled`` is true."""
        names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
        return any((self.get(name) or "").lower() in ("1", "true") for name in names)

    def connection(self, name: str, function: str, identity_parts: tuple[str, ...]) -> tuple[str | None, str]:
        """``(None, connection string)`` or ``(part, value)`` of an identity connection ``NAME__part``.

        Looked up as the real host does: NAME, then AzureWebJobsNAME. ``SettingError`` when there is neither.
        """
        for prefix in (name, f"AzureWebJobs{name}"):
            if text := self.get(prefix):
                return None, text
            for part in identity_parts:
                if value := self.get(f"{prefix}__{part}"):
                    return part, value
        raise SettingError(
            f"function {function}: the connection setting {name} is missing: "
            f"set {name} to a connection string, or {name}__{identity_parts[0]} for identity"
        )
