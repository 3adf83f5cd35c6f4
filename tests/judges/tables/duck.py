"""Runs queries with DuckDB and its reader of Delta tables, without a network: JSON in, JSON out.

Started by an interpreter that has `duckdb` and `duckdb-extension-delta` of the same version. Standard input is a list
of queries; the answer is a list with the rows of each.
"""

import json
import sys
from pathlib import Path

import duckdb
import duckdb_extension_delta

(EXTENSION,) = Path(duckdb_extension_delta.__file__).parent.glob("extensions/*/delta.duckdb_extension")


def main() -> None:
    """Answer the queries of standard input."""
    settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = duckdb.connect(config=settings)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"LOAD '{EXTENSION}'")
    answers = [connection.execute(query).fetchall() for query in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
