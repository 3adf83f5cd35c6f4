from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from local.host.errors import IndexingError, LoadError
from local.host.loading import load_functions

HEAD = """
import typing
import azure.functions as func
app = func.FunctionApp()
BUS = dict(arg_name="messages", queue_name="films", connection="BUS", cardinality="many", is_sessions_enabled=True)
"""


@pytest.fixture
def app_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    return tmp_path


def write(app_root: Path, code: str, head: str = HEAD) -> Path:
    (app_root / "function_app.py").write_text(head + textwrap.dedent(code))
    return app_root


def test_blueprints_are_indexed_with_their_bindings(app_root: Path) -> None:
    """A blueprint's function has its name, its trigger as JSON and its kind of handler."""
    code = """
    bp = func.Blueprint()
    @bp.service_bus_queue_trigger(**BUS)
    async def fetch(messages: typing.List[func.ServiceBusMessage]) -> None: ...
    app.register_functions(bp)
    """
    (function,) = load_functions(write(app_root, code))
    assert (function.name, function.trigger_type, function.parameter) == (
        "fetch",
        "serviceBusTrigger",
        "messages",
    )
    assert function.trigger["queueName"] == "films" and function.trigger["isSessionsEnabled"] is True
    assert function.is_async


def test_builtin_list_annotations_are_refused_in_the_workers_words(app_root: Path) -> None:
    """list[...] fails at indexing, as it does in Azure."""
    code = """
    @app.service_bus_queue_trigger(**BUS)
    def fetch(messages: list[func.ServiceBusMessage]) -> None: ...
    """
    expected = r"cannot load the fetch function: binding messages has invalid non-type annotation list\["
    with pytest.raises(IndexingError, match=expected):
        load_functions(write(app_root, code))


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ("messages: func.TimerRequest", 'binding in function.json "serviceBusTrigger" does not match'),
        ("message", "declared in Python but not in the function definition"),
        ("", "but not in Python: {'messages'}"),
        ("messages, context", 'does not support the "context" parameter'),
        ("messages: Unknown", "an annotation cannot be resolved"),
    ],
)
def test_signatures_that_do_not_fit_are_refused(app_root: Path, parameters: str, problem: str) -> None:
    """Each mismatch between bindings and signature is named with its function."""
    code = f"""
    from __future__ import annotations
    import typing
    import azure.functions as func
    app = func.FunctionApp()
    @app.service_bus_queue_trigger(arg_name="messages", queue_name="films", connection="BUS")
    def fetch({parameters}) -> None: ...
    """
    with pytest.raises(IndexingError, match=f"cannot load the fetch function.*{problem}"):
        load_functions(write(app_root, code, head=""))


def test_triggers_the_host_does_not_know_are_refused(app_root: Path) -> None:
    """An app that needs more than the local host offers does not start half."""
    code = """
    @app.queue_trigger(arg_name="m", queue_name="q", connection="S")
    def take(m: func.QueueMessage) -> None: ...
    """
    with pytest.raises(IndexingError, match="does not support triggers of type queueTrigger"):
        load_functions(write(app_root, code))


def test_output_bindings_are_refused(app_root: Path) -> None:
    """An output binding would be lost in silence otherwise."""
    code = """
    @app.route(route="x")
    @app.blob_output(arg_name="out", path="c/x", connection="S")
    def put(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse: ...
    """
    with pytest.raises(IndexingError, match="does not support the binding out of type blob"):
        load_functions(write(app_root, code))


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            "import no_such_module",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("", "the function app has no functions"),
        ("other = func.FunctionApp()", "more than one FunctionApp"),
        ("del app", "no FunctionApp is defined"),
    ],
)
def test_apps_that_cannot_be_loaded_say_why(app_root: Path, code: str, problem: str) -> None:
    """One line says what is wrong with function_app.py."""
    with pytest.raises(LoadError, match=problem):
        load_functions(write(app_root, code))


def test_a_missing_function_app_names_the_folder(app_root: Path) -> None:
    """Without function_app.py the error names the path and the option."""
    with pytest.raises(LoadError, match=r"function_app\.py does not exist: --app-root"):
        load_functions(app_root)
