"""How the tables of silver and of the matcher belong together: an entity relationship diagram for Mermaid."""

from __future__ import annotations

from pyspark.sql.types import StructField

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.relations import KEYS, RELATIONS, Relation, relation_of
from spark_jobs.schemas.tables import MATCHING, SILVER

SHOWN = (*SILVER, *MATCHING)


def diagram() -> str:
    """The diagram in Mermaid; of each table only what it is told apart by and what leads to another table."""
    lines = [*map(_relation, RELATIONS), *(line for table in SHOWN for line in _entity(table))]
    return "\n".join(["erDiagram", *(f"  {line}" for line in lines)])


def _relation(relation: Relation) -> str:
    parent = "|o" if relation.is_optional else "||"
    child = "o|" if relation.is_one_to_one else "o{"
    return f'{relation.parent.name} {parent}--{child} {relation.table.name} : "{relation.column}"'


def _entity(table: TableDefinition) -> list[str]:
    columns = [f"  {line}" for column in table.columns if (line := _column(table, column))]
    return [f'{table.name}["{table.full_name}"] {{', *columns, "}"]


def _column(table: TableDefinition, column: StructField) -> str:
    """A line of the table's box; empty for a column that is not shown."""
    is_key = column.name in KEYS.get(table.full_name, table.required)
    marks = ["PK"] * (table.full_name in KEYS and is_key) + ["FK"] * bool(relation_of(table, column.name))
    shown = f"{column.dataType.simpleString()} {column.name} {', '.join(marks)}".rstrip()
    return shown if is_key or marks else ""
