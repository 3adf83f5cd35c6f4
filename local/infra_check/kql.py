"""The queries of alerts, workbook and documents: are they sound, and do they ask for what the code sends."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.infra_check.checkers import kql_parser
from local.infra_check.code import Code
from local.infra_check.findings import Finding
from local.infra_check.queries import queries_of
from local.insights.tables import COLUMNS
from local.machine.steps import SetupError

PARSER = Path(__file__).resolve().parent / "kql.cjs"
REMEDY = "mend the query; the tables and their columns are in local/insights/tables.py"
_ATTRIBUTE = re.compile(r"customDimensions(?:\.(\w+)|\[[\"'](\w+)[\"']\])")
# A threshold, and a number in an operator that takes no name: `top 10 by timestamp desc // volume_runs`.
_NAMED = re.compile(r"^let (?P<name>\w+) = (?P<value>[\d.]+);", re.MULTILINE)
_COMMENTED = re.compile(r"^\| \w+ (?P<value>\d+) by .*// (?P<name>\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Problem:
    """What the parser objects to, and the line of the query, from 1."""

    line: int
    message: str


def check_kql(root: Path, code: Code) -> Iterator[Finding]:
    """Every query of the tree.

    Raises:
        SetupError: the parser cannot be installed or does not run.
    """
    queries = queries_of(root)
    for query, problems in zip(queries, parse([query.text for query in queries]), strict=True):
        for problem in problems:
            line = query.line + problem.line - 1
            yield Finding(query.file, f"line {line}: {problem.message}", REMEDY)
    for query in queries:
        yield from check_names(query.file, query.text, code)
        yield from check_thresholds(query.file, query.text, code)


def parse(queries: Sequence[str]) -> list[list[Problem]]:
    """What Microsoft's parser says of each query; an empty list is praise.

    Raises:
        SetupError: the parser cannot be installed or does not run.
    """
    node, home = kql_parser()
    command = [node, str(PARSER), str(home)]
    given = json.dumps({"tables": COLUMNS, "queries": queries})
    run = subprocess.run(command, input=given, capture_output=True, text=True)  # noqa: S603 - own file
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"the KQL parser failed ({last}): remove .local/infra/kql and run this again")
    return [[Problem(**problem) for problem in problems] for problems in json.loads(run.stdout)]


def check_names(name: str, query: str, code: Code) -> Iterator[Finding]:
    """Metrics, their attributes, and events named in a query are those of the code."""
    metrics = re.findall(r'"(crossfade\.\w+)"', query)
    for metric in sorted(set(metrics) - set(code.metrics)):
        yield Finding(
            name,
            f"the code sends no metric {metric}",
            f"shared/adapters/metrics.py has {', '.join(code.metrics)}",
        )
    known = {attribute for metric in metrics for attribute in code.metrics.get(metric, ())}
    asked = {by_dot or by_key for by_dot, by_key in _ATTRIBUTE.findall(query)} if metrics else set()
    for attribute in sorted(asked - known):
        yield Finding(
            name, f"{', '.join(metrics)} has no attribute {attribute}", f"it has {', '.join(sorted(known))}"
        )
    events = set(re.findall(r'"((?:Run|Databricks)[A-Z]\w+)"', query))
    for event in sorted(events - set(code.events)):
        yield Finding(name, f"the code sends no event {event}", f"it sends {', '.join(code.events)}")


def check_thresholds(name: str, query: str, code: Code) -> Iterator[Finding]:
    """`let quality_critical = 0.9;` is the default of the setting QUALITY_CRITICAL."""
    defaults = {setting.field: setting.default for setting in code.settings}
    for found in (*_NAMED.finditer(query), *_COMMENTED.finditer(query)):
        field, value = found["name"], found["value"]
        if field not in defaults:
            yield Finding(
                name, f"there is no setting {field.upper()}", "name the threshold as shared/config.py does"
            )
        elif float(value) != defaults[field]:
            problem = f"{field} is {value}, and {defaults[field]} in shared/config.py"
            yield Finding(name, problem, "make them the same")
