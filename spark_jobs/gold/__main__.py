"""`python -m spark_jobs.gold`: the gold job."""

from __future__ import annotations

from spark_jobs.gold.job import main

if __name__ == "__main__":
    main()
