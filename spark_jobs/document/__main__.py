"""`python -m spark_jobs.document PATH ...`: write what the definitions of the tables say, a document a path.

A path that ends in .md becomes the page of tables and rules (docs/tables.md), one in .yaml the data contract
(docs/contract.odcs.yaml). A test fails when a checked-in one differs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from spark_jobs.document.contract import contract
from spark_jobs.document.page import page

DOCUMENTS: Mapping[str, Callable[[], str]] = {".md": page, ".yaml": contract}
"""What makes a document, by the ending of its file."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the documents to the paths given."""
    parser = argparse.ArgumentParser(prog="python -m spark_jobs.document", description=main.__doc__)
    endings = " or ".join(DOCUMENTS)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=f"file that ends in {endings}")
    given = parser.parse_args(arguments)
    if odd := [str(path) for path in given.paths if path.suffix not in DOCUMENTS]:
        parser.error(f"{', '.join(odd)}: a document ends in {endings}")
    for path in given.paths:
        path.write_text(DOCUMENTS[path.suffix](), encoding="utf-8")


if __name__ == "__main__":
    main()
