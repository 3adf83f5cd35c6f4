"""Finding and importing the function app, as the Python worker does it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from azure.functions.decorators.function_app import FunctionRegister

from local.host.errors import LoadError, StartError
from local.host.indexing import FunctionDefinition, index_function

SCRIPT_FILE = "function_app.py"


def load_functions(app_root: Path) -> list[FunctionDefinition]:
    """The functions of ``app_root/function_app.py``, indexed.

    Raises ``LoadError`` (its ``__cause__`` is what the app raised) when the app cannot be imported, and
    ``IndexingError`` when a function does not fit its bindings.
    """
    module = _import_script(app_root / SCRIPT_FILE)
    app = _find_app(module)
    try:
        functions = app.get_functions()
    except ValueError as error:
        raise LoadError(f"{SCRIPT_FILE}: {error}") from None
    if not functions:
        raise LoadError(f"{SCRIPT_FILE}: the function app has no functions")
    return [index_function(function) for function in functions]


def _import_script(script: Path) -> ModuleType:
    if not script.is_file():
        raise LoadError(f"{script} does not exist: --app-root must name the folder that holds {SCRIPT_FILE}")
    sys.path.insert(0, str(script.parent.resolve()))
    spec = importlib.util.spec_from_file_location(script.stem, script)
    if spec is None or spec.loader is None:
        raise LoadError(f"{script} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[script.stem] = module
    try:
        spec.loader.exec_module(module)
    except StartError:
        raise
    except Exception as error:
        raise LoadError(f"{script} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _find_app(module: ModuleType) -> FunctionRegister:
    apps = {id(value): value for value in vars(module).values() if isinstance(value, FunctionRegister)}
    if len(apps) > 1:
        raise LoadError(f"{SCRIPT_FILE}: more than one FunctionApp is defined at its top level")
    if not apps:
        raise LoadError(f"{SCRIPT_FILE}: no FunctionApp is defined at its top level")
    return next(iter(apps.values()))
