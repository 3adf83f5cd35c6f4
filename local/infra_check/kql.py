"""The queries of alerts and workbook: do they parse, and do they ask for what the code sends."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from local.infra_check.checkers import kql_parser
from local.infra_check.code import Code
from local.infra_check.findings import Finding
from local.setup import SetupError

FOLDER = "infrastructure"
PARSER = Path(__file__).resolve().parent / "kql.cjs"


def check_kql(root: Path, code: Code) -> Iterator[Finding]:
    """Every query of the tree.

    Raises:
        SetupError: the parser cannot be installed or does not run.
    """
    paths = sorted((root / FOLDER).rglob("*.kql"))
    queries = {str(path.relative_to(root)): path.read_text() for path in paths}
    for name, problems in parse(queries).items():
        for problem in problems:
            yield Finding(name, problem, "mend the query")
    for name, query in queries.items():
        yield from check_names(name, query, code)
        yield from check_thresholds(name, query, code)


def parse(queries: dict[str, str]) -> dict[str, list[str]]:
    """What Microsoft's parser says of each query; an empty list is praise."""
    node, home = kql_parser()
    command = [node, str(PARSER), str(home)]
    run = subprocess.run(command, input=json.dumps(queries), capture_output=True, text=True)  # noqa: S603 - own file
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"the KQL parser failed ({last}): remove .local/infra/kql and run this again")
    found: dict[str, list[str]] = json.loads(run.stdout)
    return found


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
    asked = set(re.findall(r"customDimensions\.(\w+)", query)) if metrics else set()
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
    for field, value in re.findall(r"^let (\w+) = ([\d.]+);", query, re.MULTILINE):
        if field not in defaults:
            yield Finding(
                name, f"there is no setting {field.upper()}", "name the threshold as shared/config.py does"
            )
        elif float(value) != defaults[field]:
            problem = f"{field} is {value}, and {defaults[field]} in shared/config.py"
            yield Finding(name, problem, "make them the same")
