"""How the tables are read from outside: which version, and by which programs."""

from __future__ import annotations

INTRO = """# Tables

Written by `python -m spark_jobs.document docs/tables.md` from `spark_jobs/schemas/`, `spark_jobs/views/` and
`spark_jobs/silver/quality/rules.py`; change it there. All of them are Delta tables. A column may be null unless it says
not null. Times are UTC. [contract.odcs.yaml](contract.odcs.yaml) says the same to programs.

# How to read them

| how | `silver.movies` | `gold.matches` |
|---|---|---|
| by name, with Unity Catalog | `crossfade.silver.movies` | `crossfade.gold.matches` |
| by path, in Azure | `tables/movies` in container `intermediate` | `tables/matches` in container `gold` |
| by path, on one machine | `.local/databricks/tables/intermediate/movies` | `.local/databricks/tables/gold/matches` |

They are external tables: name and path lead to the same files. Nothing in them asks for more than a plain reader of
Delta (no deletion vectors, no column mapping; reader version 1). `silver.movies`, `silver.releases`, `gold.matches` and
the views have a change data feed, which tells what came and went from version to version (`readChangeFeed` in Spark,
`load_cdf` in delta-rs).

**Name the version.** A run writes table after table, so the newest versions of two of them may be of two runs: a match
whose film is not there yet. A run that died leaves versions that the next one writes over. And a frame or a view
without a version shows something else each time it is executed. Which versions belong together stands in two files,
each written after all of its tables: `control/tables/silver.json` and `control/tables/gold.json` (on one machine below
`.local/databricks/lake`, in Azure in container `control`, on Databricks below `/Volumes/crossfade/files/control`):

```json
{"run_id": "20261120T063000Z-7f3a", "tables": {"matches": {"table": "gold.matches", "version": 3, "rows": 1892}}}
```

A run's own manifests, `control/silver/RUN.json` and `control/gold/RUN.json`, name theirs for good; `lineage` in
`/api/runs/{run_id}` shows them too, and `matches` says in each row which versions of silver it was made from. A version
can be read for `TABLE_RETENTION_DAYS` after the run that named it. Never write to these tables: the next run stops and
says who did.

## With delta-rs

```python
import json
from pathlib import Path
from deltalake import DeltaTable, QueryBuilder

home = Path(".local/databricks")
current = json.loads((home / "lake/control/tables/gold.json").read_text())["tables"]
matches = DeltaTable(home / "tables/gold/matches", version=current["matches"]["version"])
best = matches.to_pyarrow_table(columns=["film_title", "score"], filters=[("band", "=", "strong")])
sql = QueryBuilder().register("matches", matches)
bands = sql.execute("SELECT band, count(*) AS n FROM matches GROUP BY band").read_all()
```

In Azure: `DeltaTable("abfss://gold@ACCOUNT.dfs.core.windows.net/tables/matches", version=3,
storage_options={"azure_use_azure_cli": "true"})`. It shows what tables and columns are for (`metadata().description`,
and `comment` in the metadata of a field).

## With DuckDB

```sql
INSTALL delta; LOAD delta;
SELECT band, count(*) FROM delta_scan('.local/databricks/tables/gold/matches', version = 3) GROUP BY band;
ATTACH '.local/databricks/tables/intermediate/movies' AS movies (TYPE delta, VERSION 7);
```

Without a network: `pip install duckdb==1.5.5 duckdb-extension-delta==1.5.5` (the two versions must be equal), then
`LOAD 'SITE/duckdb_extension_delta/extensions/v1.5.5/delta.duckdb_extension'` in place of `INSTALL`, where SITE is the
folder of packages. DuckDB shows no comments.

## With a SQL warehouse of Databricks

```sql
SELECT tables.matches.version FROM read_files('/Volumes/crossfade/files/control/tables/gold.json', multiLine => true);
SELECT band, count(*) FROM crossfade.gold.matches VERSION AS OF 3 GROUP BY band;
DESCRIBE HISTORY crossfade.gold.matches;
```

Who reads needs `USE CATALOG`, `USE SCHEMA` and `SELECT`, and for the first line `READ VOLUME`.

## With Power BI

With a warehouse: Get data, Azure Databricks, the warehouse's host and HTTP path; a statement names the version:

```
let
    Source = Databricks.Catalogs("HOST", "/sql/1.0/warehouses/ID", [Catalog = "crossfade"]),
    Crossfade = Source{[Name = "crossfade", Kind = "Database"]}[Data],
    Matches = Value.NativeQuery(Crossfade, "SELECT * FROM gold.matches VERSION AS OF 3", null, [EnableFolding = true])
in
    Matches
```

Without one, from the files (`DeltaLake.Table(AzureStorage.DataLake("https://ACCOUNT.dfs.core.windows.net/gold/tables/matches",
[HierarchicalNavigation = true]))`), which reads the newest version: import it when no run is active, and refresh all
tables of a model together.
"""
