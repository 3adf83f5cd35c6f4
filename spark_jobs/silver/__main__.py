"""`python -m spark_jobs.silver`: the silver job."""

from __future__ import annotations

from spark_jobs.silver.job import main

if __name__ == "__main__":
    main()
