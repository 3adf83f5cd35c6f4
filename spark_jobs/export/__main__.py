"""`python -m spark_jobs.export`: gold to MongoDB, by hand."""

from __future__ import annotations

import sys

from spark_jobs.export.command import main

if __name__ == "__main__":
    sys.exit(main())
