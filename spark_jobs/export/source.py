"""What an export is of: the current set of gold, and the versions of silver that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.export.collections import Collection
from spark_jobs.export.declared import COLLECTIONS
from spark_jobs.lakehouse.commits import mark_of
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.lake import Addresses
from spark_jobs.lakehouse.sets import TableVersion, Versions, read_set, versions
from spark_jobs.lakehouse.tables import Tables
from spark_jobs.runtime.stage_run import read_manifest


@dataclass(frozen=True, slots=True)
class Source:
    """A run's tables at their versions; of the declared collections those that gold has a table of."""

    run: str
    published_at: str
    files: Files
    tables: Tables
    versions: Versions
    collections: tuple[Collection, ...]

    def version(self, collection: Collection) -> TableVersion:
        """The version of a collection's table."""
        return self.versions[collection.table.name]

    def rows(self, collection: Collection) -> DataFrame:
        """The rows of a collection's table."""
        return self.tables.read(collection.table, self.version(collection))

    def changes(self, collection: Collection, since: TableVersion) -> DataFrame:
        """What came and went in its table since a version, as `Tables.changes`."""
        return self.tables.changes(collection.table, since, self.version(collection))


def current_source(spark: SparkSession, addresses: Addresses, retention_days: float) -> Source:
    """The current set of gold. Raises LakeError when there is none yet."""
    files = Files(addresses.files)
    gold = read_set(files, "gold")
    if gold is None:
        raise LakeError("there is no set of gold to export yet: run the gold job first")
    found = {**_silver(files, gold.run_id), **gold.tables}
    mark = mark_of(gold.run_id, "exported")
    tables = Tables(spark, addresses.catalog, addresses.tables, mark=mark, retention_days=retention_days)
    there = tuple(each for each in COLLECTIONS if each.table.name in found)
    return Source(gold.run_id, gold.published_at, files, tables, found, there)


def rows_held(addresses: Addresses) -> int:
    """Rows of the current sets, which say how large a session an export needs."""
    sets = [read_set(Files(addresses.files), stage) for stage in ("silver", "gold")]
    return sum(table.rows for each in sets if each for table in each.tables.values())


def _silver(files: Files, run_id: str) -> Versions:
    """Silver as gold read it: the current set where that is of the same run, which a restore may have brought back."""
    current = read_set(files, "silver")
    if current and current.run_id == run_id:
        return current.tables
    return versions(read_manifest(files, "silver", run_id, "tables"))
