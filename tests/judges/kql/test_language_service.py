"""Microsoft's language service for Kusto (@kusto/language-service-next) on every query of the project."""

from __future__ import annotations

import json

import pytest

from local.infra_check.kql import Problem, parse
from local.infra_check.queries import Query, queries_of
from tests.judges.kql.engine import ROOT

QUERIES = queries_of(ROOT)
((NAME, VERSION),) = json.loads((ROOT / "local/infra_check/package.json").read_text())["dependencies"].items()
pytestmark = pytest.mark.judge(NAME, VERSION)


@pytest.fixture(scope="module")
def verdicts() -> dict[Query, list[Problem]]:
    """What the language service says of each query; one process for all."""
    return dict(zip(QUERIES, parse([query.text for query in QUERIES]), strict=True))


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.file}:{query.line}")
def test_a_query_parses_and_binds(query: Query, verdicts: dict[Query, list[Problem]]) -> None:
    """Syntax, tables, columns, functions and types are those of Kusto and of Application Insights."""
    assert verdicts[query] == []
