"""The written docs follow from the schemas."""

from __future__ import annotations

from pathlib import Path

from spark_jobs.document import DOCUMENTED, document, main
from spark_jobs.silver.quality.rules import RULES

DOCS = Path(__file__).parents[3] / "docs" / "tables.md"


def test_the_docs_are_those_of_the_schemas() -> None:
    """`python -m spark_jobs.document docs/tables.md` was run after the last change of a schema or rule."""
    assert DOCS.read_text(encoding="utf-8") == document()


def test_every_column_and_rule_is_explained(tmp_path: Path) -> None:
    """No column is without a comment, and every rule stands in the docs."""
    main([str(tmp_path / "tables.md")])
    text = (tmp_path / "tables.md").read_text(encoding="utf-8")
    for table in DOCUMENTED:
        assert f"## {table.container}/{table.name}\n" in text
        assert all(field.metadata.get("comment") for field in table.schema.fields), table.name
    assert all(f"`{rule.name}`" in text for rule in RULES)
