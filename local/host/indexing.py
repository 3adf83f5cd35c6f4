"""From a decorated function to a definition the host can run, with the worker's checks and its words."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import azure.functions as func
from azure.functions._thirdparty import typing_inspect

from local.host.errors import IndexingError

TRIGGER_TYPES = ("httpTrigger", "timerTrigger", "serviceBusTrigger", "blobTrigger")
GENERIC = "generic"


@dataclass(frozen=True)
class FunctionDefinition:
    """One function: its trigger binding as the host gets it in JSON, and how to call the handler.

    ``parameter_binding`` is the converter's binding type, ``generic`` for str and bytes annotations.
    """

    name: str
    handler: Callable[..., Any]
    trigger: dict[str, Any]
    parameter: str
    parameter_binding: str
    parameter_type: type | None
    is_async: bool

    @property
    def trigger_type(self) -> str:
        """``httpTrigger``, ``timerTrigger``, ``serviceBusTrigger`` or ``blobTrigger``."""
        return str(self.trigger["type"])


def index_function(function: func.Function) -> FunctionDefinition:
    """The definition of one function; ``IndexingError`` when signature and bindings do not fit."""
    name = str(function.get_function_name())
    handler = function.get_user_function()
    trigger = _trigger_binding(name, [json.loads(text) for text in function.get_raw_bindings()])
    parameter = str(trigger["name"])
    hints = _type_hints(name, handler)
    _check_parameters(name, handler, parameter)
    annotation = hints.get(parameter)
    return FunctionDefinition(
        name=name,
        handler=handler,
        trigger=trigger,
        parameter=parameter,
        parameter_binding=_check_annotation(name, parameter, annotation, str(trigger["type"])),
        parameter_type=annotation,
        is_async=inspect.iscoroutinefunction(handler),
    )


def _trigger_binding(name: str, bindings: list[dict[str, Any]]) -> dict[str, Any]:
    for binding in bindings:
        kind = binding["type"]
        if not kind.endswith("Trigger") and (kind, binding["name"]) != ("http", "$return"):
            raise IndexingError(
                name, f"the local host does not support the binding {binding['name']} of type {kind}"
            )
    trigger = next(binding for binding in bindings if binding["type"].endswith("Trigger"))
    if trigger["type"] not in TRIGGER_TYPES:
        raise IndexingError(name, f"the local host does not support triggers of type {trigger['type']}")
    return trigger


def _type_hints(name: str, handler: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(handler)
    except NameError as error:
        raise IndexingError(name, f"an annotation cannot be resolved: {error}") from error


def _check_parameters(name: str, handler: Callable[..., Any], parameter: str) -> None:
    """Every parameter must be a binding; the invocation context, which the real host knows, is not supported."""
    declared = set(inspect.signature(handler).parameters)
    if "context" in declared - {parameter}:
        raise IndexingError(name, 'the local host does not support the "context" parameter')
    if unknown := declared - {parameter}:
        raise IndexingError(
            name, "the following parameters are declared in Python but not in the function definition "
            f"(function.json or function decorators): {unknown!r}",
        )  # fmt: skip
    if not declared:
        raise IndexingError(
            name, "the following parameters are declared in the function definition "
            f"(function.json or function decorators) but not in Python: {{{parameter!r}}}",
        )  # fmt: skip


def converter_of(kind: str) -> Any:
    """The converter azure-functions registered for a binding type."""
    return func.get_binding_registry().get(kind)


def _is_generic(annotation: Any) -> bool:
    return bool(typing_inspect.is_generic_type(annotation))


def _check_annotation(name: str, parameter: str, annotation: Any, kind: str) -> str:
    """The binding type whose converter decodes the parameter."""
    if annotation is None:
        return kind
    if not isinstance(annotation, type) and not _is_generic(annotation):
        raise IndexingError(name, f"binding {parameter} has invalid non-type annotation {annotation!r}")
    if annotation in (str, bytes):
        return GENERIC
    converter = converter_of(kind)
    if not converter.check_input_type_annotation(annotation):
        raise IndexingError(
            name, f'type of {parameter} binding in function.json "{kind}" does not match its Python '
            f'annotation "{getattr(annotation, "__name__", annotation)}"',
        )  # fmt: skip
    return kind
