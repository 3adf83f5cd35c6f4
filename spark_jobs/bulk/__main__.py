"""`python -m spark_jobs.bulk`: the bulk job."""

from __future__ import annotations

from spark_jobs.bulk.job import main

if __name__ == "__main__":
    main()
