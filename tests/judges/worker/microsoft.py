"""Runs Microsoft's worker library on an app: a line of JSON in for each delivery, a line of JSON out for each answer.

Started by an interpreter that has `azure-functions-runtime`. The library asks for protobuf messages and only reads and
sets their fields, so plain objects with the same fields take their place; they refuse what protobuf refuses.
"""

import asyncio
import json
import sys
import uuid
from types import SimpleNamespace
from typing import Any

KINDS = ("string", "json", "bytes", "http", "collection_string", "collection_bytes", "collection_sint64")


class Message:
    """A protobuf message: its fields by name."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


class OneOf(Message):
    """A message of which one field is set."""

    def WhichOneof(self, name: str) -> str | None:
        """The field that is set."""
        return next(iter(self.__dict__), None)


class Protos:
    """The module of message types: any name is one."""

    TypedData = OneOf

    class StatusResult(Message):
        """How something ended."""

        Failure, Success = 0, 1

    class BindingInfo(Message):
        """A binding of a function."""

        out, inout, undefined = 1, 2, 0

    def __getattr__(self, name: str) -> type[Message]:
        return Message


PROTOS = Protos()


def typed(value: dict[str, Any] | None) -> OneOf:
    """Typed data of a delivery; one without a value has no field set."""
    if value is None:
        return OneOf()
    kind, content = value["kind"], value["value"]
    if kind == "http":
        texts = {name: _texts(content[name]) for name in ("headers", "params", "query")}
        http = Message(**texts, **_texts({name: content[name] for name in ("method", "url")}))
        http.body = typed(content["body"])
        return OneOf(http=http)
    if kind == "bytes":
        return OneOf(bytes=bytes.fromhex(content))
    if kind == "collection_bytes":
        return OneOf(collection_bytes=Message(bytes=[bytes.fromhex(one) for one in content]))
    if kind == "collection_string":
        return OneOf(collection_string=Message(string=[_strict(one, str) for one in content]))
    if kind == "collection_sint64":
        return OneOf(collection_sint64=Message(sint64=[_strict(one, int) for one in content]))
    return OneOf(**{kind: _strict(content, str)})


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {_strict(name, str): _strict(value, str) for name, value in values.items()}


def _strict(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"protobuf takes {kind.__name__} here, not {value!r}")
    return value


def plain(value: OneOf | None) -> Any:
    """Typed data that a function returned, as JSON."""
    kind = value.WhichOneof("data") if value is not None else None
    if value is None or kind is None:
        return None
    content = getattr(value, kind)
    if kind == "http":
        content = {
            "status_code": content.status_code,
            "headers": content.headers,
            "body": plain(content.body),
        }
    return {"kind": kind, "value": content.hex() if isinstance(content, bytes) else content}


async def index(app_root: str) -> dict[str, Any]:
    """What the worker says when the host starts it."""
    import azure_functions_runtime as worker

    request = SimpleNamespace(
        request=SimpleNamespace(
            worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=app_root)
        ),
        properties={"host": "127.0.0.1", "protos": PROTOS},
    )
    worker.start_threadpool_executor()
    started = await worker.worker_init_request(request)
    failure = getattr(started.result, "exception", None)
    found = await worker.functions_metadata_request(request)
    functions = found.function_metadata_results or []
    for function in functions:
        await worker.function_load_request(
            SimpleNamespace(request=SimpleNamespace(function_load_request=function))
        )
    return {
        "capabilities": started.capabilities,
        "failure": failure and failure.message,
        "functions": {function.name: list(map(json.loads, function.raw_bindings)) for function in functions},
    }


async def call(delivery: dict[str, Any]) -> dict[str, Any]:
    """One invocation, in a task of its own as the worker's dispatcher does it."""
    import azure_functions_runtime as worker

    name = delivery["function"]
    request = SimpleNamespace(
        invocation_id=str(uuid.uuid4()),
        function_id=str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        trace_context=SimpleNamespace(trace_parent=delivery["traceparent"], trace_state="", attributes={}),
        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
        input_data=[_Parameter(delivery["parameter"], typed(delivery["data"]))],
        trigger_metadata={field: typed(value) for field, value in delivery["metadata"].items()},
    )
    asked = SimpleNamespace(request=SimpleNamespace(invocation_request=request))
    answer = await asyncio.create_task(worker.invocation_request(asked))
    error = getattr(answer.result, "exception", None)
    return {"error": error and error.message, "returned": plain(getattr(answer, "return_value", None))}


class _Parameter(Message):
    def __init__(self, name: str, data: OneOf) -> None:
        super().__init__(name=name, data=data)

    def WhichOneof(self, name: str) -> str:
        """Values travel in the message."""
        return "data"


async def main(app_root: str) -> None:
    """Index the app, then call its functions as standard input says."""
    answers = [await index(app_root)]
    for line in sys.stdin:
        answers.append(await call(json.loads(line)))
    for answer in answers:
        print(json.dumps(answer))


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    asyncio.run(main(sys.argv[1]))
