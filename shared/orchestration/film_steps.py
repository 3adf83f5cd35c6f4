"""Steps through TMDB's id export: which films a bulk run asks for, so many a run, the most popular of those left first.

What a run has landed is known to the one after it, so a step begins where the last completed one ended, and a run that
failed is made good by the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from shared.adapters.lake import Lake
from shared.bulk.film_ids import FilmIds
from shared.planning.id_set import IdSet
from shared.planning.removals import FILMS
from shared.runs.journal import known_ids
from shared.runs.state import RunState

LEFT = "{asked:,} films of TMDB's id export of {day} are asked for, {left:,} are left for the next runs"
NONE_LEFT = "all {known:,} films of TMDB's id export of {day} are known"


@dataclass(frozen=True)
class FilmStep:
    """The films of one step, and what the run has to say of it."""

    film_ids: tuple[int, ...]
    note: str


@dataclass(slots=True, kw_only=True)
class FilmSteps:
    """Plans the steps.

    Attributes:
        budget: films a run may ask for.
    """

    lake: Lake
    film_ids: FilmIds
    budget: int

    async def next(self, last: RunState | None) -> FilmStep:
        """The films that come after those the last completed run knew.

        Raises:
            SourceUnavailable: there is no whole export.
        """
        export = await self.film_ids.newest()
        known = (await known_ids(self.lake, last.run_id if last else None)).get(FILMS, IdSet())
        left = len(IdSet(export.film_ids).without(known))
        due = tuple(islice((film_id for film_id in export.film_ids if film_id not in known), self.budget))
        if not due:
            return FilmStep((), NONE_LEFT.format(known=len(export.film_ids), day=export.day))
        return FilmStep(due, LEFT.format(asked=len(due), day=export.day, left=left - len(due)))
