"""An app whose functions write down what they were handed, so that two workers can be compared."""

import datetime
import json
import os
from pathlib import Path
from typing import Any, List  # noqa: UP035 -- the worker refuses list[...]

import azure.functions as func
from opentelemetry import trace

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

FIELDS = (
    *("application_properties", "content_type", "correlation_id", "dead_letter_error_description"),
    *("dead_letter_reason", "dead_letter_source", "delivery_count", "enqueued_sequence_number"),
    *("enqueued_time_utc", "expires_at_utc", "label", "lock_token", "locked_until", "message_id"),
    *("partition_key", "reply_to", "reply_to_session_id", "scheduled_enqueue_time_utc", "sequence_number"),
    *("session_id", "state", "subject", "time_to_live", "to", "transaction_partition_key", "user_properties"),
)


def described(value: Any) -> Any:
    """A value as JSON, so that what differs in it differs there too."""
    if isinstance(value, func.ServiceBusMessage):
        return {name: described(getattr(value, name)) for name in FIELDS} | {
            "body": described(value.get_body())
        }
    if isinstance(value, func.HttpRequest):
        names = ("method", "url", "headers", "params", "route_params")
        return {name: described(getattr(value, name)) for name in names} | {
            "body": described(value.get_body())
        }
    if isinstance(value, func.TimerRequest):
        return {name: described(getattr(value, name)) for name in ("past_due", "schedule", "schedule_status")}
    if isinstance(value, func.InputStream):
        names = ("name", "length", "uri", "blob_properties", "metadata")
        return {name: described(getattr(value, name)) for name in names} | {"body": described(value.read())}
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [described(one) for one in value]
    if hasattr(value, "items"):
        return {name: described(one) for name, one in sorted(value.items())}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, datetime.datetime):
        return {"time": value.isoformat()}
    if value is None or isinstance(value, str | int | float):
        return value
    return {type(value).__name__: str(value)}


def write_down(value: Any) -> None:
    """One line a call."""
    span = trace.get_current_span().get_span_context()
    line = {"handed": described(value), "trace": f"{span.trace_id:032x}", "span": f"{span.span_id:016x}"}
    with Path(os.environ["PROBE_RECORDS"]).open("a") as file:
        file.write(json.dumps(line) + "\n")


@app.function_name("http")
@app.route("things/{name}", methods=["GET", "POST"])
async def http(req: func.HttpRequest) -> func.HttpResponse:
    """Any HTTP request."""
    write_down(req)
    return func.HttpResponse(
        json.dumps({"read": len(req.get_body())}), status_code=202, mimetype="application/json",
        headers={"X-Probe": "é".encode().hex()},
    )  # fmt: skip


@app.function_name("timer")
@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *", run_on_startup=False)
async def timer(timer: func.TimerRequest) -> None:
    """A tick."""
    write_down(timer)


@app.function_name("blob")
@app.blob_trigger(arg_name="blob", path="control/bronze/{run_id}.json", connection="LAKE")
async def blob(blob: func.InputStream) -> None:
    """A blob."""
    write_down(blob)


@app.function_name("one")
@app.service_bus_queue_trigger(
    arg_name="message", queue_name="q", connection="SERVICEBUS", cardinality=func.Cardinality.ONE
)
async def one(message: func.ServiceBusMessage) -> None:
    """A message whose body travels as text."""
    write_down(message)


@app.function_name("one_binary")
@app.service_bus_queue_trigger(
    arg_name="message", queue_name="q", connection="SERVICEBUS", cardinality=func.Cardinality.ONE,
    data_type=func.DataType.BINARY,
)  # fmt: skip
async def one_binary(message: func.ServiceBusMessage) -> None:
    """A message whose body travels as bytes."""
    write_down(message)


@app.function_name("one_text")
@app.service_bus_queue_trigger(
    arg_name="message", queue_name="q", connection="SERVICEBUS", cardinality=func.Cardinality.ONE
)
def one_text(message: str) -> None:
    """A body alone, in a function that is not async."""
    write_down(message)


@app.function_name("one_bytes")
@app.service_bus_queue_trigger(
    arg_name="message", queue_name="q", connection="SERVICEBUS", cardinality=func.Cardinality.ONE
)
def one_bytes(message: bytes) -> None:
    """A body alone that travels as text all the same."""
    write_down(message)


@app.function_name("many")
@app.service_bus_queue_trigger(
    arg_name="messages", queue_name="q", connection="SERVICEBUS", cardinality=func.Cardinality.MANY
)
async def many(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 -- as above
    """A batch whose bodies travel as text."""
    write_down(messages)


@app.function_name("many_binary")
@app.service_bus_queue_trigger(
    arg_name="messages", queue_name="q", connection="SERVICEBUS", cardinality=func.Cardinality.MANY,
    data_type=func.DataType.BINARY,
)  # fmt: skip
async def many_binary(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 -- as above
    """A batch whose bodies travel as bytes."""
    write_down(messages)


@app.function_name("fails")
@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *", run_on_startup=False)
async def fails(timer: func.TimerRequest) -> None:
    """A tick that ends in an error."""
    raise LookupError("nothing there")
