"""Telemetry items as rows of Application Insights' tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.insights.tables import COLUMNS, Row, rows_of

AT = "2026-05-04T12:00:00.123456Z"
TAGS = {
    "ai.operation.id": "trace",
    "ai.operation.parentId": "span",
    "ai.cloud.role": "crossfade",
    "ai.internal.sdkVersion": "py3",
}


def item(base_type: str, base: dict[str, Any], **more: Any) -> dict[str, Any]:
    data = {"baseType": base_type, "baseData": {"ver": 2, **base}}
    return {"name": "x", "time": AT, "iKey": "key", "tags": TAGS, "data": data, **more}


def only(table: str, base_type: str, base: dict[str, Any], **more: Any) -> Row:
    """The one row an item becomes."""
    tables = rows_of([item(base_type, base, **more)])
    assert {name for name, rows in tables.items() if rows} == {table}
    (row,) = tables[table]
    return row


def test_nothing_becomes_empty_tables() -> None:
    """Every table is there, also where nothing arrived."""
    assert rows_of([]) == {name: [] for name in COLUMNS}


def test_a_row_has_the_columns_of_its_table() -> None:
    """No column is missing and none is invented, whatever an item lacks."""
    calls = {"id": "1", "name": "n", "duration": "0.00:00:00.001"}
    items = [
        *(item("EventData", {"name": "n"}), item("MetricData", {"metrics": [{"name": "n", "value": 1}]})),
        *(item("RequestData", calls), item("RemoteDependencyData", calls)),
        *(item("MessageData", {"message": "m"}), item("ExceptionData", {"exceptions": []})),
    ]
    for table, rows in rows_of(items).items():
        assert [set(row) for row in rows] == [set(COLUMNS[table])]


def test_an_item_without_a_table_is_left_out() -> None:
    """Kinds that no query asks are no error."""
    assert rows_of([item("AvailabilityData", {"name": "n"})]) == rows_of([])


def test_an_event_with_its_context() -> None:
    """Time in UTC, dimensions as text, context from the tags; text that is missing is empty."""
    row = only("customEvents", "EventData", {"name": "RunGold", "properties": {"n": 7, "run_id": "r"}})
    assert row["timestamp"] == datetime(2026, 5, 4, 12, 0, 0, 123456, UTC)
    assert (row["name"], row["itemType"], row["itemCount"]) == ("RunGold", "customEvent", 1)
    assert row["customDimensions"] == {"n": "7", "run_id": "r"}
    assert (row["operation_Id"], row["operation_ParentId"], row["cloud_RoleName"]) == (
        "trace",
        "span",
        "crossfade",
    )
    assert (row["operation_Name"], row["customMeasurements"]) == ("", None)


def test_times_of_other_zones_are_moved_to_utc() -> None:
    """An offset in the item's time is honoured."""
    row = only("customEvents", "EventData", {"name": "n"}, time="2026-05-04T14:00:00+02:00")
    assert row["timestamp"] == datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_a_sampled_item_stands_for_several() -> None:
    """One kept of four counts as four."""
    assert only("customEvents", "EventData", {"name": "n"}, sampleRate=25.0)["itemCount"] == 4


def test_a_single_value_is_its_own_sum_least_and_most() -> None:
    """As Azure fills them for counters and gauges; zero is a value."""
    row = only("customMetrics", "MetricData", {"metrics": [{"name": "n", "value": 0.0, "count": None}]})
    assert [row[f"value{part}"] for part in ("", "Sum", "Min", "Max", "Count")] == [0.0, 0.0, 0.0, 0.0, 1]


def test_a_histogram_keeps_count_least_and_most() -> None:
    """The value of a histogram is its sum."""
    metric = {"name": "n", "value": 30.0, "count": 4, "min": 0.0, "max": 20.0}
    row = only("customMetrics", "MetricData", {"metrics": [metric]})
    assert [row[f"value{part}"] for part in ("Sum", "Min", "Max", "Count")] == [30.0, 0.0, 20.0, 4]


def test_a_request() -> None:
    """Success is text, the code too, and the duration is in milliseconds."""
    base = {
        "id": "1",
        "name": "fetch_tmdb",
        "duration": "0.00:01:02.500",
        "responseCode": "0",
        "success": False,
    }
    row = only("requests", "RequestData", {**base, "url": None})
    assert (row["name"], row["success"], row["resultCode"], row["duration"]) == (
        "fetch_tmdb",
        "False",
        "0",
        62500.0,
    )
    assert row["url"] == ""


def test_a_dependency() -> None:
    """What was called, of what type."""
    base = {
        "id": "1",
        "name": "publish",
        "duration": "0.00:00:01",
        "type": "InProc",
        "resultCode": 0,
        "success": True,
    }
    row = only("dependencies", "RemoteDependencyData", base)
    assert (row["type"], row["resultCode"], row["success"], row["duration"]) == (
        "InProc",
        "0",
        "True",
        1000.0,
    )


def test_a_log_line() -> None:
    """Message and level."""
    row = only("traces", "MessageData", {"message": "m", "severityLevel": 2})
    assert (row["message"], row["severityLevel"], row["itemType"]) == ("m", 2, "trace")


def test_an_exception_that_caused_another() -> None:
    """The chain's first is the outermost, its last the innermost."""
    chain = [{"typeName": "RunError", "message": "outer"}, {"typeName": "OSError", "message": "inner"}]
    row = only("exceptions", "ExceptionData", {"exceptions": chain, "severityLevel": 3})
    assert (row["outerType"], row["outerMessage"]) == ("RunError", "outer")
    assert (row["type"], row["innermostMessage"], row["problemId"]) == ("OSError", "inner", "OSError")
    assert (row["details"], row["severityLevel"]) == (chain, 3)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=99)))
def test_any_duration_is_read(length: timedelta) -> None:
    """Days, hours, minutes and seconds as .NET writes them become milliseconds."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    written = f"{length.days}.{hours:02d}:{minutes:02d}:{seconds:02d}.{length.microseconds:06d}"
    row = only("requests", "RequestData", {"duration": written})
    assert row["duration"] == pytest.approx(length / timedelta(milliseconds=1), abs=1e-3)


def test_a_duration_that_is_none_is_refused() -> None:
    """The error says what is wrong and how it must be written."""
    with pytest.raises(ValueError, match=r"'1 s' is not d\.hh:mm:ss"):
        rows_of([item("RequestData", {"duration": "1 s"})])
