"""Do the Bicep files fit together: names, parameters of modules, outputs, files they load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.infra_check.bicep.syntax import BicepError, BicepFile, Call, Parameter
from local.infra_check.findings import Finding

FOLDER = "infrastructure"
TYPES: Mapping[type, str] = {bool: "bool", int: "int", list: "array"}
Files = Mapping[str, BicepFile]


def read_files(root: Path) -> tuple[dict[str, BicepFile], list[Finding]]:
    """All Bicep files of a tree by path from its root, and findings on those that do not parse."""
    files, findings = {}, []
    for path in sorted((root / FOLDER).rglob("*.bicep*")):
        name = str(path.relative_to(root))
        try:
            files[name] = BicepFile(path)
        except BicepError as error:
            findings.append(Finding(name, f"does not parse: {error}", "mend the syntax there"))
    return files, findings


def check_wiring(root: Path, files: Files) -> Iterator[Finding]:
    """Check every file alone and against the files it calls."""
    for name, file in files.items():
        yield from _check_names(name, file)
        yield from _check_loads(root, name, file)
        yield from _check_described(name, file)
        for symbol, call in file.calls.items():
            yield from _check_call(files, name, symbol, call)
        yield from _check_outputs(files, name, file)
        yield from _check_null(name, file)
    yield from _check_unloaded(root, files)


def check_values(files: Files) -> Iterator[Finding]:
    """The parameter file gives main.bicep what it asks for."""
    main, given = files.get(f"{FOLDER}/main.bicep"), files.get(f"{FOLDER}/main.bicepparam")
    if main and given:
        name = f"{FOLDER}/main.bicepparam"
        yield from _check_parameters(name, "main.bicep", main.parameters, given.assigned, given)


def _check_names(name: str, file: BicepFile) -> Iterator[Finding]:
    known = file.declared | set(file.assigned)
    for missing in sorted(file.used - known):
        yield Finding(name, f"{missing} is not declared", "declare it, or mend the spelling")
    used = file.used | set(file.assigned)
    idle = {*file.parameters, *file.variables} - used
    for unused in sorted(idle):
        yield Finding(name, f"{unused} is declared and not used", "use it or remove it")


def _check_loads(root: Path, name: str, file: BicepFile) -> Iterator[Finding]:
    for path in file.loaded:
        if not ((root / name).parent / path).is_file():
            yield Finding(name, f"{path} does not exist", "mend the path, or add the file")


def _check_described(name: str, file: BicepFile) -> Iterator[Finding]:
    for parameter, found in file.parameters.items():
        if not found.has_description:
            yield Finding(name, f"parameter {parameter} has no @description", "say what it is")


def _check_call(files: Files, name: str, symbol: str, call: Call) -> Iterator[Finding]:
    target = files.get(str(Path(name).parent / call.path))
    if target is not None:
        where = f"module {symbol} ({call.path})"
        yield from _check_parameters(name, where, target.parameters, call.values, files[name], files)


def _check_parameters(
    name: str,
    where: str,
    wanted: Mapping[str, Parameter],
    given: Mapping[str, Any],
    caller: BicepFile,
    files: Files | None = None,
) -> Iterator[Finding]:
    for missing in sorted(p for p, found in wanted.items() if found.is_required and p not in given):
        yield Finding(name, f"{where} lacks parameter {missing}", "give it a value")
    for parameter, value in given.items():
        if parameter not in wanted:
            yield Finding(name, f"{where} has no parameter {parameter}", f"it has {', '.join(wanted)}")
        else:
            yield from _check_value(name, where, parameter, wanted[parameter], value, caller, files or {})


def _check_value(
    name: str, where: str, parameter: str, wanted: Parameter, value: Any, caller: BicepFile, files: Files
) -> Iterator[Finding]:
    found = _type_of(value, name, caller, files)
    if found is not None and found != wanted.type:
        yield Finding(
            name, f"{where}: {parameter} is {found}, not {wanted.type}", "give it a value of its type"
        )
    is_literal = isinstance(value, str) and value not in caller.declared and "${" not in value
    if wanted.allowed and is_literal and value not in wanted.allowed:
        yield Finding(name, f"{where}: {parameter} may not be {value}", f"allowed are {wanted.allowed}")


def _type_of(value: Any, name: str, caller: BicepFile, files: Files) -> str | None:
    """The type of a value, None where it is unknown."""
    if type(value) in TYPES:
        return TYPES[type(value)]
    if isinstance(value, str):
        return _type_of_text(value, caller)
    if isinstance(value, dict) and "operator" in value:
        return _type_of_output(value["operator"], name, caller, files)
    if isinstance(value, dict) and not {"function", "loop_type"} & set(value):
        return "object"
    return None


def _type_of_text(value: str, caller: BicepFile) -> str | None:
    if value in caller.parameters:
        return caller.parameters[value].type
    return None if value in caller.declared else "string"


def _type_of_output(operator: Mapping[str, Any], name: str, caller: BicepFile, files: Files) -> str | None:
    if operator["type"] == "not":
        return "bool"
    if operator["type"] != "property_accessor":
        return None
    parts = re.findall(r"'operand_[12]': '(\w+)'", str(operator))
    if len(parts) != 3 or parts[1] != "outputs" or parts[0] not in caller.calls:
        return None
    target = files.get(str(Path(name).parent / caller.calls[parts[0]].path))
    return target.outputs.get(parts[2]) if target else None


def _check_outputs(files: Files, name: str, file: BicepFile) -> Iterator[Finding]:
    for symbol, output in sorted(set(re.findall(r"\b(\w+)!?\.\??outputs\.\??(\w+)", file.code))):
        call = file.calls.get(symbol)
        target = files.get(str(Path(name).parent / call.path)) if call else None
        if target is not None and output not in target.outputs:
            known = ", ".join(target.outputs)
            yield Finding(name, f"module {symbol} has no output {output}", f"it has {known}")


def _check_null(name: str, file: BicepFile) -> Iterator[Finding]:
    """The compiler's BCP318: a module with a condition is null where that does not hold."""
    for symbol, call in file.calls.items():
        if call.is_conditional and re.search(rf"\b{symbol}\.outputs\b", file.code):
            remedy = f"write {symbol}!.outputs where its condition holds as well, {symbol}.?outputs elsewhere"
            yield Finding(name, f"module {symbol} may be null where its outputs are read", remedy)


def _check_unloaded(root: Path, files: Files) -> Iterator[Finding]:
    """Queries and modules that no file loads."""
    loaded = {((root / name).parent / path).resolve() for name, file in files.items() for path in file.loaded}
    for pattern in ("modules/*.bicep", "alerts/*.kql", "queries/*.kql"):
        for path in sorted((root / FOLDER).glob(pattern)):
            if path.resolve() not in loaded:
                yield Finding(str(path.relative_to(root)), "no Bicep file names it", "wire it or remove it")
