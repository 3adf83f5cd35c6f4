"""The written docs and the contract follow from the definitions of the tables."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pyspark.sql.types import ArrayType, StructType

from spark_jobs.document.__main__ import main
from spark_jobs.document.contract import contract
from spark_jobs.document.diagram import SHOWN, diagram
from spark_jobs.document.documented import DOCUMENTED
from spark_jobs.document.page import page
from spark_jobs.schemas.relations import KEYS, RELATIONS
from spark_jobs.silver.quality.rules import RULES

DOCS = Path(__file__).parents[3] / "docs"
TABLES = {table.full_name: table for table in DOCUMENTED}


def test_the_docs_are_those_of_the_schemas() -> None:
    """`python -m spark_jobs.document docs/tables.md` was run after the last change of a schema or rule."""
    assert (DOCS / "tables.md").read_text(encoding="utf-8") == page()


def test_the_contract_is_that_of_the_schemas() -> None:
    """`python -m spark_jobs.document docs/contract.odcs.yaml` was run after the last change of a definition."""
    assert (DOCS / "contract.odcs.yaml").read_text(encoding="utf-8") == contract()


def test_every_column_and_rule_is_explained(tmp_path: Path) -> None:
    """No column is without a comment, and every rule stands in the docs."""
    main([str(tmp_path / "tables.md")])
    text = (tmp_path / "tables.md").read_text(encoding="utf-8")
    for table in DOCUMENTED:
        assert f"## {table.full_name}\n" in text
        assert all(field.metadata.get("comment") for field in table.columns), table.name
    assert all(f"`{rule.name}`" in text for rule in RULES)


def test_a_path_of_no_document_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of another ending is named, and nothing is written."""
    with pytest.raises(SystemExit):
        main([str(tmp_path / "tables.md"), str(tmp_path / "tables.csv")])
    assert "tables.csv: a document ends in .md or .yaml" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_contract_has_every_table_and_column() -> None:
    """Names, types, comments and NOT NULL in the contract are those of the definitions; names are told apart."""
    found = {table["physicalName"]: table for table in yaml.safe_load(contract())["schema"]}
    assert found.keys() == TABLES.keys()
    assert set(Counter(table["name"] for table in found.values()).values()) == {1}
    for name, table in TABLES.items():
        columns = {each["name"]: each for each in found[name]["properties"]}
        assert list(columns) == table.columns.fieldNames()
        for field in table.columns:
            said = columns[field.name]
            assert said["physicalType"] == field.dataType.simpleString()
            assert said["description"] == field.metadata["comment"]
            assert said.get("required", False) == (field.name in table.required)
            if isinstance(field.dataType, ArrayType) and isinstance(field.dataType.elementType, StructType):
                parts = [part["name"] for part in said["items"]["properties"]]
                assert parts == field.dataType.elementType.fieldNames()


def test_the_contract_says_checks_keys_and_relations() -> None:
    """Each CHECK is a query that must find nothing; keys have their order, and relations lead to a key."""
    found = {table["physicalName"]: table for table in yaml.safe_load(contract())["schema"]}
    for name, table in TABLES.items():
        checks = {each["name"]: each for each in found[name].get("quality", [])}
        assert checks.keys() == table.checks.keys()
        for check, sql in table.checks.items():
            assert checks[check]["query"].endswith(f"WHERE NOT ({sql})") and checks[check]["mustBe"] == 0
        key = {
            each["primaryKeyPosition"]: each["name"]
            for each in found[name]["properties"]
            if "primaryKey" in each
        }
        assert tuple(key[place] for place in sorted(key)) == KEYS.get(name, ())
    assert json.dumps(found["gold.matches"]).count('"relationships"') == 3
    assert "to: movies.film_id" in contract() and "to: releases.release_id" in contract()


def test_keys_and_relations_are_of_columns() -> None:
    """Each names a table that is documented, columns it has, and a parent whose key has the same type."""
    for name, key in KEYS.items():
        assert set(key) <= set(TABLES[name].columns.fieldNames())
    for relation in RELATIONS:
        child, parent = (
            relation.table.columns[relation.column],
            relation.parent.columns[relation.parent_column],
        )
        assert child.dataType == parent.dataType
    assert set(Counter((each.table.full_name, each.column) for each in RELATIONS).values()) == {1}


def test_the_diagram_shows_the_tables_and_their_relations() -> None:
    """A box for each table with its key, and a line for each relation that says how many there may be."""
    text = diagram()
    assert set(re.findall(r'\w+\["([\w.]+)"\] \{', text)) == {table.full_name for table in SHOWN}
    assert set(lines_of(text, "--")) >= {
        'movies ||--o{ cast_credits : "film_id"',
        'releases ||--o| matches : "release_id"',
        'movies |o--o{ matches : "rival_film_id"',
    }
    assert len(list(lines_of(text, "--"))) == len(RELATIONS)
    assert "    bigint film_id PK, FK\n    int position PK\n" in text


def lines_of(text: str, part: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if part in line)
