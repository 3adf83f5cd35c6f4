"""Jobs reach tables by one module only, and ask nothing of Spark that serverless compute or Connect lacks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "spark_jobs/lakehouse/tables.py": {"table", "sql", "format", "writeTo", "versionAsOf", "readChangeFeed"},
    "spark_jobs/lakehouse/catalog.py": {"table", "sql", "format"},
}
"""`Tables`, and the catalog it asks which tables there are and what they are defined as; neither rows nor writes."""
IN_MEMORY = "spark_jobs/evaluation/all_pairs.py"
"""The evaluation commands run on one machine, in a session of their own: they may keep frames in memory."""
TABLE_CALLS = {"table", "saveAsTable", "insertInto", "writeTo", "sql"}
STREAMS = {"readStream", "writeStream"}
TABLE_WORDS = {"versionAsOf", "readChangeFeed", "timestampAsOf", "replaceWhere", "replaceUsing"}
JVM = re.compile(r"_jvm|sparkContext|_jsc")
KEPT = {"persist", "cache", "checkpoint", "localCheckpoint"}


def sources() -> Iterator[tuple[str, str]]:
    """Path and text of each module of the jobs."""
    for path in sorted((ROOT / "spark_jobs").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def ways_in(text: str) -> list[str]:
    """What a module does that leads to a table without naming its version, or past what is written of it."""
    return [found for node in ast.walk(ast.parse(text)) for found in _way_in(node)]


def _way_in(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="pa"), attr="table")):  # one of Arrow, in memory
            return
        case ast.Call(func=ast.Attribute(attr=name)) if name in TABLE_CALLS:
            yield name
        case ast.Attribute(attr=name) if name in STREAMS:
            yield name
        case ast.Attribute(attr="DeltaTable") | ast.Name(id="DeltaTable") | ast.alias(name="DeltaTable"):
            yield "DeltaTable"
        case ast.Constant(value=str() as word) if word in TABLE_WORDS:
            yield word
        case ast.Call(func=ast.Attribute(attr="format"), args=[ast.Constant(value="delta")]):
            yield "format"


def what_connect_lacks(text: str) -> list[str]:
    """What a module asks of Spark that is not there over Connect or on serverless compute."""
    names = [node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)]
    return JVM.findall(text) + [name for name in names if name in {"rdd", *KEPT}]


def test_tables_are_reached_by_one_module() -> None:
    """Only `Tables` reads, writes, or speaks SQL; whoever reads elsewhere would see the newest version each time."""
    found = {path: ways for path, text in sources() if (ways := ways_in(text))}
    assert found.keys() <= ALLOWED.keys()
    assert not {path: odd for path, ways in found.items() if (odd := set(ways) - ALLOWED[path])}
    assert "versionAsOf" in found["spark_jobs/lakehouse/tables.py"]


def test_jobs_run_on_any_compute() -> None:
    """No JVM, no context, no RDD, nothing kept in memory; save for the evaluation, which only its commands import."""
    assert {path: set(found) for path, text in sources() if (found := what_connect_lacks(text))} == {
        IN_MEMORY: {"persist"}
    }
    module = IN_MEMORY.removesuffix(".py").replace("/", ".")
    users = {path for path, text in sources() if module in text}
    assert users == {"spark_jobs/evaluate.py", "spark_jobs/evaluation/fitting.py"}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("spark.table('silver.movies')", ["table"]),
        ("spark.read.format('delta').load(path)", ["format"]),
        ("frame.write.saveAsTable('silver.movies')", ["saveAsTable"]),
        ("frame.write.insertInto('silver.movies')", ["insertInto"]),
        ("frame.writeTo('silver.movies').append()", ["writeTo"]),
        ("spark.sql('SELECT 1')", ["sql"]),
        ("spark.readStream.load(path)", ["readStream"]),
        ("spark.read.option('versionAsOf', 3)", ["versionAsOf"]),
        ("from delta.tables import DeltaTable", ["DeltaTable"]),
        ("delta.DeltaTable.forPath(spark, path)", ["DeltaTable"]),
        ("pa.table([])", []),
        ("lake.tables.read(MOVIES, version)", []),
    ],
)
def test_a_way_in_is_seen(line: str, found: list[str]) -> None:
    """Each way to a table is seen where it is planted; Arrow's tables and `Tables` are none."""
    assert ways_in(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "frame.persist()",
        "frame.cache()",
        "frame.checkpoint()",
        "frame.localCheckpoint()",
        "frame.rdd.map(len)",
        "spark.sparkContext.setLogLevel('WARN')",
        "spark._jvm.java",
        "getattr(spark, '_jsc')",
    ],
)
def test_what_connect_lacks_is_seen(line: str) -> None:
    """Each is seen where it is planted."""
    assert len(what_connect_lacks(line)) == 1
