"""What a person says of a pair, as it is asked for, kept and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import from_json, to_json

from shared.serving.answers import Answer
from shared.serving.parameters import MAX_FILM_ID, MAX_REVIEWER_CHARS

Verdict = Literal["yes", "no", "skip", "undo"]
MAX_SHOWN_BYTES = 8_000
REVIEW_ID = r"^[0-9A-Za-z-]{8,64}$"
MAX_WHY_CHARS = 500
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REVIEWER_CHARS)]
Id = Annotated[int, Field(ge=1, le=MAX_FILM_ID, strict=True)]


class ReviewBody(BaseModel):
    """Body of `POST /api/reviews`."""

    model_config = ConfigDict(extra="forbid")

    review_id: str = Field(
        pattern=REVIEW_ID,
        description="Made by whoever sends it, a new one for each review: sent twice, it is kept once",
    )
    film_id: Id
    release_id: Id
    verdict: Verdict = Field(
        description="yes: the record is of the film; no: it is not; skip: not sure; undo: forget what was said"
    )
    reviewer: Name = Field(description="Who says so")
    why: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_WHY_CHARS)] = ""
    shown: dict[str, Any] = Field(
        {}, description=f"What the reviewer saw, at most {MAX_SHOWN_BYTES} bytes of JSON"
    )

    @field_validator("shown")
    @classmethod
    def _check_shown(cls, shown: dict[str, Any]) -> dict[str, Any]:
        try:
            line = to_json({"review": {"shown": shown}})
            from_json(line)  # what is nested too deeply can be written, and not be read
        except ValueError as error:
            raise ValueError(
                "cannot be kept as JSON: leave out text that is no Unicode, and deep nesting"
            ) from error
        if len(line) > MAX_SHOWN_BYTES:
            raise ValueError(f"is {len(line)} bytes of JSON; leave out what is not needed to judge the pair")
        return shown


class Review(Answer):
    """A review as the log keeps it."""

    version: Literal[1] = 1
    review_id: str
    film_id: int
    release_id: int
    verdict: Verdict
    reviewer: str
    why: str = ""
    reviewed_at: datetime
    shown: dict[str, Any] = Field({}, description="What the reviewer saw")

    @property
    def pair(self) -> tuple[int, int]:
        """Film and record."""
        return self.film_id, self.release_id


class Standing(Answer):
    """What holds of a pair after all reviews of it."""

    film_id: int
    release_id: int
    verdict: Literal["yes", "no"] | None = Field(description="Null when the last word was undone")
    review_id: str | None = Field(description="The review that decides")
    is_contested: bool = Field(
        description="Whether another person said the opposite before, and nobody agreed since"
    )


class ReviewKept(Answer):
    """201: the review is kept; 200: it was already. Gold obeys it from the next run on."""

    review: Review
    standing: Standing
    contradicts: tuple[Review, ...] = Field(
        description="Other people's last words on the pair that say the opposite"
    )


class FilmReviews(Answer):
    """All reviews of a film's pairs, in order, and what holds of each pair."""

    film_id: int
    reviews: tuple[Review, ...]
    standing: tuple[Standing, ...]


class Side(BaseModel):
    """A film or a record as a reviewer sees it; further facts of it come along."""

    model_config = ConfigDict(frozen=True, extra="allow")


class FilmSide(Side):
    """The film."""

    film_id: int
    title: str | None = None
    year: int | None = None
    poster_url: str | None = None


class RecordSide(Side):
    """The record."""

    release_id: int
    title: str | None = None
    year: int | None = None
    cover_url: str | None = None


class Rival(Answer):
    """Another film the record might be of."""

    film_id: int
    title: str | None = None
    year: int | None = None
    probability: float
    reason: str | None = None


class ReviewItem(Answer):
    """A pair that is worth a look, with the evidence."""

    film: FilmSide
    record: RecordSide
    probability: float
    margin: float = Field(description="Probability minus that of the record's next best film")
    reason: str | None = None
    link_type: str | None = None
    evidence: dict[str, float] = Field(
        {}, description="Log-odds by piece of evidence: for above 0, against below"
    )
    rivals: tuple[Rival, ...] = ()
    releases: int = Field(1, description="Versions of the record that the review decides on, too")
    cause: Literal["contested", "ambiguous", "unsure"] = "unsure"


class NextReview(Answer):
    """The pair that is most worth a look; none when nothing is left."""

    run_id: str | None = Field(description="The run that made the queue; null before the first one")
    left: int = Field(description="Pairs left to look at, this one among them")
    item: ReviewItem | None
    reviews: tuple[Review, ...] = Field((), description="What was said of the pair since that run")
