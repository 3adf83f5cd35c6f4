"""Microsoft's parser and binder on queries with planted errors, wherever a query may stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from local.infra_check.code import Code, read_code
from local.infra_check.findings import Finding
from local.infra_check.kql import check_kql, check_names, check_thresholds
from local.infra_check.queries import queries_of
from local.insights.tables import COLUMNS

ROOT = Path(__file__).resolve().parents[4]
ALERT = "infrastructure/alerts/planted.kql"
BICEP = "infrastructure/modules/planted.bicep"
PAGE = "docs/planted.md"


@pytest.fixture(scope="module")
def code() -> Code:
    return read_code(ROOT)


PLANTED = {
    "column": ("customEvents\n| where tmestamp > ago(1h)", "line 2: The name 'tmestamp' does not refer"),
    "function": ("customEvents\n| where timestamp > agoo(1h)", "line 2: The name 'agoo' does not refer"),
    "operator": ("customEvents\n| were timestamp > ago(1h)", "line 2:"),
    "bracket": ("customEvents\n| where timestamp > ago(1h", "line 2: Expected: )"),
    "other-table": (
        "requests\n| summarize max(severityLevel)",
        "line 2: The name 'severityLevel' does not refer",
    ),
    "type": ("customEvents\n| extend minutes = abs(name)", "line 2:"),
    "table": ("// note\ncustomEvent\n| count", "line 2: The name 'customEvent' does not refer"),
}
IN_BICEP = """
param location string
var short = {
  query: 'customEvents | where nme == "x"'
}
var long = {
  query: '''
customEvents
| where nme == 'x'
'''
}
var sound = { query: 'customEvents\\n| where name == \\'x\\'' }
"""
IN_PAGE = """# Title

```
az login | wc
```

```sh
traces | whatever
```

```kusto
traces
| where messge == ''
```

```
union traces, requests
| where tme > now()
```
"""


@pytest.fixture(scope="module")
def findings(code: Code, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What is found in a tree of planted errors; the parser starts once."""
    root = tmp_path_factory.mktemp("tree")
    texts = {planted(name): text for name, (text, _) in PLANTED.items()}
    texts[planted("columns")] = f"union {', '.join(map(every_column_of, COLUMNS))}"
    texts[planted("two")] = "traces\n| where one > 1\n| where two > 2\n"
    for name, text in {**texts, BICEP: IN_BICEP, PAGE: IN_PAGE}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return list(check_kql(root, code))


def every_column_of(table: str) -> str:
    """A query that names every column of a table."""
    columns = ", ".join(f"['{column}']" for column in COLUMNS[table])
    return f"({table} | project {columns})"


def planted(name: str) -> str:
    return f"infrastructure/alerts/{name}.kql"


def lines(findings: list[Finding], file: str) -> list[str]:
    return [finding.problem.partition(":")[0] for finding in findings if finding.file == file]


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_query_is_found(findings: list[Finding], name: str) -> None:
    """Tables, columns, functions, operators, brackets, types: each with file, line and fault."""
    found = [finding for finding in findings if finding.file == planted(name)]
    assert found and found[0].problem.startswith(PLANTED[name][1])
    assert "local/insights/tables.py" in found[0].remedy


def test_every_wrong_line_is_told(findings: list[Finding]) -> None:
    """Two faults are two findings, each at its line."""
    assert lines(findings, planted("two")) == ["line 2", "line 3"]


def test_a_query_written_out_in_bicep(findings: list[Finding]) -> None:
    """Strings of one line and of several are checked, the line is that of the Bicep file, and escapes are undone."""
    assert lines(findings, BICEP) == ["line 4", "line 9"]


def test_a_query_in_a_document(findings: list[Finding]) -> None:
    """Blocks marked as KQL, and unmarked ones that begin as a query does; other blocks are left alone."""
    assert lines(findings, PAGE) == ["line 13", "line 18"]


def test_every_column_is_known(findings: list[Finding]) -> None:
    """A query that names every column of every table is sound."""
    assert lines(findings, planted("columns")) == []


def test_the_projects_queries_are_all_looked_at() -> None:
    """Every .kql file, and the query of the runbook."""
    files = {query.file for query in queries_of(ROOT)}
    assert files >= {str(path.relative_to(ROOT)) for path in (ROOT / "infrastructure").rglob("*.kql")}
    assert "docs/operations.md" in files


@pytest.mark.parametrize(
    "written", ["customDimensions.colour", 'customDimensions["colour"]', "customDimensions['colour']"]
)
def test_an_attribute_is_found_however_it_is_written(code: Code, written: str) -> None:
    """A metric's attributes are held to the code, by point and by key."""
    query = f'customMetrics | where name == "crossfade.quality" and {written} == "red"'
    (finding,) = check_names(ALERT, query, code)
    assert "no attribute colour" in finding.problem


@pytest.mark.parametrize("line", ["let volume_runs = 11;", "| top 11 by timestamp desc // volume_runs"])
def test_a_threshold_that_differs_is_found(code: Code, line: str) -> None:
    """A named number and one in an operator that takes literals only are both held to the settings."""
    (finding,) = check_thresholds(ALERT, f"customEvents\n{line}\n", code)
    assert finding.problem == "volume_runs is 11, and 10 in shared/config.py"
    settings = tuple(
        replace(each, default=11) if each.field == "volume_runs" else each for each in code.settings
    )
    assert list(check_thresholds(ALERT, f"{line}\n", replace(code, settings=settings))) == []
