"""Delta tables by name: read at a version, written so that a run which is run again writes nothing twice.

This is the only way in to a table: a frame without a version would show the newest one each time it is executed.
Every commit of a run carries its mark: the run, and the run whose set it starts from. A table whose newest write has
that mark is written already. Commits of other runs beyond the set are what a run that died has left; they are written
over. A write without any mark is somebody else's, and is reported.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from spark_jobs.lakehouse.catalog import Catalog
from spark_jobs.lakehouse.commits import (
    MARK,
    Commit,
    counts_of,
    is_marked,
    run_of,
    standing_writes,
    version_saying,
)
from spark_jobs.lakehouse.definition import TableDefinition, quoted
from spark_jobs.lakehouse.errors import LakeError, TableChangedError, reason
from spark_jobs.lakehouse.layout import ranged
from spark_jobs.lakehouse.sets import TableVersion

log = logging.getLogger(__name__)
MOST_KEYS = 5_000
"""Keys of a replacement that are told one by one; from there on the whole table is written anew."""
_ALL = "true"
_REMEDY = "restore a run (python -m spark_jobs.restore), or run the stage again with all that landed"


class Tables:
    """The tables of a catalog.

    Args:
        catalog: name of the catalog.
        template: URI template of where tables lie, with {container}. Raises ValueError when it has none.
        mark: what commits carry (see `commits.mark_of`).
        retention_days: how long a version can be read after its commit.
    """

    def __init__(
        self, spark: SparkSession, catalog: str, template: str, *, mark: str, retention_days: float
    ) -> None:
        self._spark, self._catalog = spark, Catalog(spark, catalog, template)
        self._mark, self._retention_days = mark, retention_days
        self._created: set[str] = set()
        self._frames: dict[tuple[str, int], DataFrame] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def name(self, table: TableDefinition) -> str:
        """Its name in three parts."""
        return self._catalog.name(table)

    def location(self, table: TableDefinition) -> str:
        """URI of the folder it lies in."""
        return self._catalog.location(table)

    def read(self, table: TableDefinition, version: TableVersion) -> DataFrame:
        """A table at a version: the same frame each time, for opening a version anew costs.

        Raises:
            LakeError: the version is not there, or no longer.
        """
        key = (table.full_name, version.version)
        with self._lock_of(table):
            if key not in self._frames:
                self._frames[key] = self._open(table, version.version)
            return self._frames[key]

    def changes(self, table: TableDefinition, since: TableVersion, version: TableVersion) -> DataFrame:
        """Rows that came and went in a table with a change feed after a version, up to another one.

        `_change_type` is 'insert' or 'delete', `_commit_version` the version in which it was. Where the feed does not
        reach so far back, the frame fails when it is executed. Raises LakeError when the table is not there.
        """
        with self._lock_of(table):
            self._catalog.check_has(table)
        feed = self._spark.read.option("readChangeFeed", "true").option("startingVersion", since.version + 1)
        return feed.option("endingVersion", version.version).table(self.name(table))

    def replace_all(
        self, table: TableDefinition, rows: DataFrame, before: TableVersion | None, expected_rows: int = 0
    ) -> TableVersion:
        """Make `rows` the content of a table; written already by this run, it is left alone.

        `expected_rows` sets how many files a table with a key is ranged over.

        Raises:
            TableSchemaError: the rows have other columns.
            TableChangedError: somebody else wrote to the table.
        """
        table.check_rows(rows.schema)
        self._prepare(table, before)
        condition = None if before is None and self._is_new(table) else _ALL
        if condition is None or not (done := self._written(table, before)):
            done = self._write(table, ranged(rows, table, expected_rows), condition, before)
        return self._described(table, done, before) if done else self._still_empty(table, before)

    def replace_keys(
        self, table: TableDefinition, rows: DataFrame, keys: Sequence[int], before: TableVersion
    ) -> TableVersion:
        """Put `rows` in the place of all rows with one of `keys`; a key without rows loses those it had.

        Raises as `replace_all`.
        """
        table.check_rows(rows.schema)
        self._prepare(table, before)
        if not (done := self._written(table, before)):
            self._undo_leftovers(table, before)
            condition = f"{table.key} IN ({', '.join(map(str, sorted(keys)))})"
            done = self._write(table, rows.coalesce(1), condition, before)
        # Without a row that goes or comes there is no commit.
        return self._described(table, done, before) if done else self.keep(table, before)

    def replace_where(
        self,
        table: TableDefinition,
        rows: DataFrame,
        condition: str,
        before: TableVersion | None = None,
    ) -> TableVersion:
        """Put `rows` in the place of all rows for which `condition` holds, whatever was written since `before`."""
        table.check_rows(rows.schema)
        self._prepare(table, before)
        self._overwrite(table, rows, condition)
        return self._counted(table, self._newest(table).version)

    def keep(self, table: TableDefinition, before: TableVersion) -> TableVersion:
        """Say that a table stays as it is: its version becomes as young as the run, so that it can be read as long.

        Delta refuses an old version by the age of its own commit, not by when it was replaced.
        """
        self._prepare(table, before)
        is_undone = self._undo_leftovers(table, before)
        key, run = f"{MARK}.run", run_of(self._mark)
        version = None if is_undone else version_saying(self._after(table, before), key, run)
        if version is None:
            self._spark.sql(
                f"ALTER TABLE {self.name(table)} SET TBLPROPERTIES ({quoted(key)} = {quoted(run)})"
            )
            version = self._newest(table).version
        return replace(before, version=version, definition=table.digest(self._retention_days))

    def restore(self, table: TableDefinition, version: TableVersion) -> TableVersion:
        """Bring a version's rows back as the newest version. Raises LakeError when it is no longer there."""
        self._catalog.has(table)
        self._restore(table, version)
        return replace(version, version=self._newest(table).version)

    def vacuum(self, table: TableDefinition) -> None:
        """Remove the files that no version within the retention needs."""
        self._catalog.has(table)
        self._spark.sql(f"VACUUM {self.name(table)}").collect()

    def size_bytes(self, table: TableDefinition) -> int:
        """Bytes of the files of the newest version."""
        self._catalog.has(table)
        detail = self._spark.sql(f"DESCRIBE DETAIL {self.name(table)}").select("sizeInBytes").collect()
        return int(detail[0].sizeInBytes or 0)

    def _lock_of(self, table: TableDefinition) -> Lock:
        with self._lock:
            return self._locks.setdefault(table.full_name, Lock())

    def _open(self, table: TableDefinition, version: int) -> DataFrame:
        self._catalog.check_has(table)
        try:
            frame = self._spark.read.option("versionAsOf", version).table(self.name(table))
            frame.schema  # noqa: B018 - Connect looks the version up only when it is asked
        except Exception as error:
            raise LakeError(
                f"{self.name(table)} cannot be read at version {version}: {reason(error)}; {_REMEDY}"
            ) from error
        return frame

    def _prepare(self, table: TableDefinition, before: TableVersion | None) -> None:
        """The table is there, as it is defined."""
        with self._lock_of(table):
            if not self._catalog.has(table):
                self._catalog.create(table, self._retention_days)
                self._created.add(table.full_name)
            elif before is None or before.definition != table.digest(self._retention_days):
                self._catalog.evolve(table, self._retention_days)

    def _write(
        self, table: TableDefinition, rows: DataFrame, condition: str | None, before: TableVersion | None
    ) -> Commit | None:
        """Put `rows` in the place of those for which `condition` holds; the commit, None where nothing went or came."""
        self._overwrite(table, rows, condition)
        newest = self._newest(table)
        return newest if newest.userMetadata == self._mark else self._written(table, before)

    def _overwrite(self, table: TableDefinition, rows: DataFrame, condition: str | None) -> None:
        """As `_write`; without a condition rows are added, which costs a third: Delta asks for no state before."""
        ordered = rows.select(table.columns.fieldNames())
        writer = ordered.writeTo(self.name(table)).option("userMetadata", self._mark)
        try:
            writer.overwrite(F.expr(condition)) if condition else writer.append()
        except Exception as error:
            if "[DELTA_" not in (said := reason(error)):
                raise
            raise LakeError(f"{self.name(table)} is as it was, nothing was written: {said}") from error

    def _history(self, table: TableDefinition, limit: int) -> list[Row]:
        return self._spark.sql(f"DESCRIBE HISTORY {self.name(table)} LIMIT {limit}").collect()

    def _newest(self, table: TableDefinition) -> Row:
        return self._history(table, 1)[0]

    def _after(self, table: TableDefinition, before: TableVersion | None) -> list[Row]:
        """The commits after a version, the newest first. Raises LakeError when the version itself is lost."""
        least, newest = before.version if before else -1, self._newest(table)
        if newest.version < least:
            raise LakeError(
                f"{self.name(table)} has no version {least}, the newest is {newest.version}: the end of its log is "
                f"lost; {_REMEDY}"
            )
        count = newest.version - least
        return [newest][:count] if count < 2 else self._history(table, count)

    def _since(self, table: TableDefinition, before: TableVersion | None) -> list[Commit]:
        """The writes of runs after a version, the newest first. Raises TableChangedError when others wrote, too."""
        writes = standing_writes(self._after(table, before), before.version if before else -1)
        if foreign := [commit for commit in writes if not is_marked(commit)]:
            raise self._changed(table, foreign[-1], before)
        return writes

    def _is_new(self, table: TableDefinition) -> bool:
        """Whether this object made the table and asks for the first time."""
        with self._lock_of(table):
            is_new = table.full_name in self._created
            self._created.discard(table.full_name)
            return is_new

    def _changed(
        self, table: TableDefinition, commit: Commit, before: TableVersion | None
    ) -> TableChangedError:
        name, good = self.name(table), before.version if before else commit.version - 1
        remedy = f"take it back with RESTORE TABLE {name} TO VERSION AS OF {good}"
        return TableChangedError(
            f"{name} was written by somebody else: version {commit.version}, {commit.operation} at "
            f"{commit.timestamp}; {remedy if good >= 0 else f'move {self.location(table)} away'}"
        )

    def _written(self, table: TableDefinition, before: TableVersion | None) -> Commit | None:
        """The commit in which this run wrote the table; None when it did not."""
        writes = self._since(table, before)
        return writes[0] if writes and writes[0].userMetadata == self._mark else None

    def _undo_leftovers(self, table: TableDefinition, before: TableVersion) -> bool:
        """Take back what a run that died has written beyond the set; whether there was something."""
        if not self._since(table, before):
            return False
        log.warning("%s: what a run that died had written is taken back", self.name(table))
        self._restore(table, before)
        return True

    def _restore(self, table: TableDefinition, version: TableVersion) -> None:
        try:
            self._spark.sql(f"RESTORE TABLE {self.name(table)} TO VERSION AS OF {version.version}").collect()
        except Exception as error:
            raise LakeError(
                f"{self.name(table)} cannot be restored to version {version.version}: {reason(error)}"
            ) from error

    def _still_empty(self, table: TableDefinition, before: TableVersion | None) -> TableVersion:
        """No rows in the place of no rows make no commit. A run that died may have removed those of before."""
        if before and not before.rows:
            return self.keep(table, before)
        version, digest = self._newest(table).version, table.digest(self._retention_days)
        return TableVersion(table.full_name, version, 0, version, 0, digest)

    def _counted(self, table: TableDefinition, version: int) -> TableVersion:
        """A version whose rows are counted one by one."""
        rows, digest = self._open(table, version).count(), table.digest(self._retention_days)
        return TableVersion(table.full_name, version, rows, version, 0, digest)

    def _described(self, table: TableDefinition, done: Commit, before: TableVersion | None) -> TableVersion:
        """The version that a commit made. What it counts is the whole table, or what went and came."""
        counts = counts_of(done)
        if "numOutputRows" not in counts:  # rows went and none came
            return self._counted(table, done.version)
        rows, files = counts["numOutputRows"], counts["numFiles"]
        if before and "numCopiedRows" in counts:
            rows += before.rows - counts["numCopiedRows"] - counts["numDeletedRows"]
            files += before.files - counts["numRemovedFiles"]
        digest = table.digest(self._retention_days)
        return TableVersion(table.full_name, done.version, rows, done.version, files, digest)
