"""`python -m spark_jobs.feed`: the feed of the current gold, by hand."""

from __future__ import annotations

import sys

from spark_jobs.feed.command import main

if __name__ == "__main__":
    sys.exit(main())
