"""Telemetry items as rows of the tables that KQL asks in Application Insights.

`COLUMNS` is the schema Azure shows under Logs of a component: names and KQL types. As there, text that an item does not
have is empty and every other missing value is null; custom dimensions are text whatever they were sent as.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from local.insights.envelopes import Item, base_type_of

KqlType = Literal["string", "int", "real", "datetime", "dynamic"]
Row = dict[str, Any]

_CONTEXT = {
    "operation_Name": "ai.operation.name",
    "operation_Id": "ai.operation.id",
    "operation_ParentId": "ai.operation.parentId",
    "operation_SyntheticSource": "ai.operation.syntheticSource",
    "session_Id": "ai.session.id",
    "user_Id": "ai.user.id",
    "user_AuthenticatedId": "ai.user.authUserId",
    "user_AccountId": "ai.user.accountId",
    "application_Version": "ai.application.ver",
    "client_Type": "ai.device.type",
    "client_Model": "ai.device.model",
    "client_OS": "ai.device.osVersion",
    "client_IP": "ai.location.ip",
    "cloud_RoleName": "ai.cloud.role",
    "cloud_RoleInstance": "ai.cloud.roleInstance",
    "sdkVersion": "ai.internal.sdkVersion",
}
# What only Azure can fill: places are looked up from addresses, ids are those of the resource.
_OF_AZURE = (
    *("client_City", "client_StateOrProvince", "client_CountryOrRegion", "client_Browser"),
    *("appId", "appName", "itemId", "_ResourceId"),
)
_COMMON: dict[str, KqlType] = {
    "timestamp": "datetime",
    "itemType": "string",
    "itemCount": "int",
    "iKey": "string",
    "customDimensions": "dynamic",
    **dict.fromkeys((*_CONTEXT, *_OF_AZURE), "string"),
}
_MEASURED: dict[str, KqlType] = {**_COMMON, "customMeasurements": "dynamic"}
_CALL: dict[str, KqlType] = {
    **dict.fromkeys(("id", "name", "success", "resultCode", "performanceBucket"), "string"),
    "duration": "real",
}
_PLACES = ("assembly", "method", "outerAssembly", "outerMethod", "innermostAssembly", "innermostMethod")
_ERRORS = ("type", "message", "outerType", "outerMessage", "innermostType", "innermostMessage")

COLUMNS: dict[str, dict[str, KqlType]] = {
    "customEvents": {**_MEASURED, "name": "string"},
    "customMetrics": {
        **_COMMON,
        "name": "string",
        "valueCount": "int",
        **dict.fromkeys(("value", "valueSum", "valueMin", "valueMax", "valueStdDev"), "real"),
    },
    "requests": {**_MEASURED, **_CALL, "url": "string", "source": "string"},
    "dependencies": {**_MEASURED, **_CALL, **dict.fromkeys(("target", "type", "data"), "string")},
    "traces": {**_MEASURED, "message": "string", "severityLevel": "int"},
    "exceptions": {
        **_MEASURED,
        **dict.fromkeys((*_ERRORS, *_PLACES, "problemId", "handledAt"), "string"),
        "severityLevel": "int",
        "details": "dynamic",
    },
}


def rows_of(items: Iterable[Item]) -> dict[str, list[Row]]:
    """The rows of every table, in the order of the items; kinds of items that have no table here are left out."""
    tables: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for item in items:
        if base_type_of(item) in _KINDS:
            table, item_type, read = _KINDS[base_type_of(item)]
            common = {**_common(item), "itemType": item_type}
            tables[table] += [{**_empty(table), **common, **own} for own in read(item["data"]["baseData"])]
    return tables


def _empty(table: str) -> Row:
    return {name: "" if kind == "string" else None for name, kind in COLUMNS[table].items()}


def _common(item: Item) -> Row:
    base, tags = item["data"]["baseData"], item.get("tags") or {}
    measured = base.get("measurements")
    return {
        "timestamp": datetime.fromisoformat(item["time"]).astimezone(UTC),
        "itemCount": round(100 / (item.get("sampleRate") or 100)),
        "iKey": item["iKey"],
        "customDimensions": {name: str(value) for name, value in (base.get("properties") or {}).items()},
        **({"customMeasurements": measured} if measured else {}),
        **{column: str(tags[tag]) for column, tag in _CONTEXT.items() if tags.get(tag) is not None},
    }


def _event(base: Item) -> list[Row]:
    return [{"name": base.get("name", "")}]


def _metrics(base: Item) -> list[Row]:
    """A value sent alone is its own sum, least and most."""
    return [
        {
            "name": metric.get("name", ""),
            "value": metric["value"],
            "valueSum": metric["value"],
            "valueCount": _or(metric.get("count"), 1),
            "valueMin": _or(metric.get("min"), metric["value"]),
            "valueMax": _or(metric.get("max"), metric["value"]),
            "valueStdDev": metric.get("stdDev"),
        }
        for metric in base.get("metrics", ())
    ]


def _request(base: Item) -> list[Row]:
    return [
        {**_call(base), "resultCode": str(base.get("responseCode", "")), **_texts(base, ("url", "source"))}
    ]


def _dependency(base: Item) -> list[Row]:
    return [
        {
            **_call(base),
            "resultCode": str(base.get("resultCode", "")),
            **_texts(base, ("target", "type", "data")),
        }
    ]


def _call(base: Item) -> Row:
    success = str(base.get("success", True))  # Azure keeps it as text
    return {**_texts(base, ("id", "name")), "success": success, "duration": _milliseconds(base["duration"])}


def _trace(base: Item) -> list[Row]:
    return [{"message": base.get("message", ""), "severityLevel": base.get("severityLevel")}]


def _exception(base: Item) -> list[Row]:
    """Exceptions come as a chain: the first is the outermost, the last the innermost."""
    chain = base.get("exceptions") or [{}]
    outer, inner = chain[0], chain[-1]
    return [
        {
            "type": inner.get("typeName", ""),
            "outerType": outer.get("typeName", ""),
            "outerMessage": outer.get("message", ""),
            "innermostType": inner.get("typeName", ""),
            "innermostMessage": inner.get("message", ""),
            "problemId": base.get("problemId") or inner.get("typeName", ""),
            "severityLevel": base.get("severityLevel"),
            "details": chain,
        }
    ]


_KINDS: dict[str, tuple[str, str, Callable[[Item], list[Row]]]] = {
    "EventData": ("customEvents", "customEvent", _event),
    "MetricData": ("customMetrics", "customMetric", _metrics),
    "RequestData": ("requests", "request", _request),
    "RemoteDependencyData": ("dependencies", "dependency", _dependency),
    "MessageData": ("traces", "trace", _trace),
    "ExceptionData": ("exceptions", "exception", _exception),
}
_DURATION = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)")


def _milliseconds(duration: str) -> float:
    """Milliseconds of `days.hours:minutes:seconds`.

    Raises:
        ValueError: it is written otherwise.
    """
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"duration {duration!r} is not d.hh:mm:ss.fff")
    days, hours, minutes, seconds = found.groups(default="0")
    return round((int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000, 4)


def _texts(base: Item, names: Iterable[str]) -> Row:
    return {name: str(base[name]) for name in names if base.get(name) is not None}


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
