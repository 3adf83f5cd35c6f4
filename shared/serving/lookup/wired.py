"""The services of lookups over one index."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from shared.adapters.lake import Lake
from shared.config import Settings
from shared.serving.lookup.lookups import Lookups
from shared.serving.lookup.quotas import Quota, Quotas
from shared.serving.lookup.search import FilmSearch
from shared.serving.lookup.views import Views
from shared.serving.published.index import ServingIndex


class LookupServices:
    """What lookups need.

    Args:
        lake: where gold publishes, and where requests are counted.
        config: for the quotas.
        now: the time, in UTC.

    Attributes:
        index: the files that gold publishes.
        links: links by id.
        views: views of gold.
        search: films and records by word.
        quotas: how often a key may ask.
    """

    def __init__(self, lake: Lake, config: Settings, now: Callable[[], datetime]) -> None:
        self.index = ServingIndex(lake, time.monotonic)
        self.links = Lookups(self.index)
        self.views = Views(self.index)
        self.search = FilmSearch(self.index)
        self.quotas = Quotas(lake, now, Quota(config.lookups_per_min, config.lookups_per_day))
