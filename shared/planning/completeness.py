"""Completeness: how many records a source reports, how many a run found, and why the others are missing. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.planning.slices import Coverage

REASONS = ("gone", "never_listed", "over_cap", "undated", "moved")


@dataclass(frozen=True)
class Completeness:
    """A source's catalog against what a run found of it.

    Attributes:
        reported: records the source says the lists hold that the run was to read.
        found: records that were listed, and are there.
        missing: all others, by reason. gone: listed, and 404 when asked for. never_listed: counted, and on no page.
            over_cap: behind the last page that can be read. undated: without a date, which no split list names.
            moved: they came, went or changed places while the lists were read.
    """

    reported: int
    found: int
    missing: dict[str, int]

    @property
    def share(self) -> float:
        """Found of reported, 0 to 1."""
        return 1.0 if not self.reported else self.found / self.reported


def certify(sums: Coverage, gone: int, undated: int | None) -> Completeness:
    """What the sums of a source's lists say.

    Args:
        sums: of its lists, once all are read.
        gone: records on them that answered 404.
        undated: records without a date that no list could name; None where as many as are left may be undated.
    """
    reported = max(sums.catalog - sums.unwanted, sums.found)
    left = reported - sums.found
    missing = {"gone": gone}
    for reason, most in (("never_listed", sums.hidden), ("over_cap", sums.beyond), ("undated", undated)):
        missing[reason] = left if most is None else min(left, most)
        left -= missing[reason]
    return Completeness(reported, sums.found - gone, {**missing, "moved": left})
