"""A classic session that refuses what serverless compute refuses: settings but the time zone, and frames in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.classic.dataframe import DataFrame

KEPT_IN_MEMORY = ("persist", "cache", "unpersist", "checkpoint", "localCheckpoint")
TAKEN = {"spark.sql.session.timeZone"}


class Refused(AssertionError):
    """Serverless compute would have refused this."""


@contextmanager
def refusing(spark: SparkSession) -> Iterator[None]:
    """Within, the session's frames and settings refuse what they would refuse there."""
    settings = type(spark.conf)
    take = settings.set

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise Refused("serverless compute keeps no frames in memory")

    def only_known(self: Any, key: str, value: Any) -> None:
        if key not in TAKEN:
            raise Refused(f"serverless compute does not take the setting {key}")
        take(self, key, value)

    with pytest.MonkeyPatch.context() as patch:
        for name in KEPT_IN_MEMORY:
            patch.setattr(DataFrame, name, refuse)
        patch.setattr(settings, "set", only_known)
        yield
