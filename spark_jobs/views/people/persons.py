"""Who a credit names: one number a person, for views that count people."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

PERSON_ID = "TMDB id; a negative number made of the name where TMDB gave no id"


def person_key(person_id: Column, name: Column) -> Column:
    """TMDB's id, so that namesakes stay apart; without one, a negative number made of the name.

    Credits without an id that bear one name are one person, never joined to a person with an id. Null when there is
    neither id nor name. Two names share a number with a chance of about 1 in 10^19.
    """
    of_name = F.lit(-1).cast("bigint") - F.shiftrightunsigned(F.xxhash64(name), 1)
    return F.when(person_id > 0, person_id).when(name.isNotNull(), of_name)
