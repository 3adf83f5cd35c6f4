"""Invented films: a record follows from seed and index alone and is made whenever it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from local.catalog.columns import Indexes, Record, to_text
from local.catalog.invented import changes, film_columns, film_extras
from local.catalog.invented.dice import Dice
from local.catalog.invented.film_extras import FilmFacts
from local.catalog.invented.words import people
from local.catalog.invented.words.film_words import (
    COUNTRIES,
    EVENTS,
    GENRES,
    LANGUAGES,
    PLACES,
    ROLES,
    STUDIOS,
    TAGLINES,
    TURNS,
)
from local.catalog.invented.words.titles import Title, invent, sequel

TITLE, CORE, DETAIL, PART = 1, 2, 3, 4
COLLECTION_ID_OFFSET = 1_000_000


class InventedFilms:
    """A film source of any size; the same seed and sizes give the same films."""

    def __init__(self, count: int, seed: int, dense_days: int = 0) -> None:
        self.seed = seed
        self.columns, self.family = film_columns.draw(count, seed, dense_days)

    def titles(self, index: int) -> tuple[str, str]:
        """Return the English title and the original title."""
        title, language = self.title_of(index), int(self.columns.language[index])
        return self._numbered(index, title.text_in(0), 0), self._numbered(
            index, title.text_in(language), language
        )

    def title_of(self, index: int) -> Title:
        """Return the bare title: that of the first film for a sequel, of the original for a remake."""
        family = self.family
        root = max(int(family.head[index]), int(family.original[index]))
        root = index if root < 0 else root
        return invent(Dice(self.seed, root, TITLE), int(self.columns.language[root]))

    def composer(self, index: int) -> str | None:
        """Return the name of the film's composer, or None."""
        number = int(self.family.composer[index])
        return people.name(self.seed, number) if number >= 0 else None

    def row(self, index: int) -> Record:
        """Return the film as it stands in lists."""
        record = self._core(index)
        record["genre_ids"] = [genre["id"] for genre in record.pop("genres")]
        return record

    def record(self, index: int) -> Record:
        """Return the film as `movie/{id}` with credits, keywords, titles, external ids and reviews."""
        return self._core(index) | self._detail(index) | film_extras.appended(self._facts(index))

    def changed_on(self, day: int) -> Indexes:
        """Return the indexes of the films that changed on a day."""
        return changes.changed_on(day, len(self.columns.ids), self.seed)

    def collections(self) -> Mapping[int, Sequence[int]]:
        """Return the film indexes of every collection id, in the order of the parts."""
        found: dict[int, list[int]] = {}
        order = self.family.part.argsort(kind="stable")
        for index in order[self.family.part[order] > 0].tolist():
            found.setdefault(self._collection_id(index), []).append(index)
        return found

    def _numbered(self, index: int, base: str, language: int) -> str:
        part = int(self.family.part[index])
        return sequel(base, part, language, Dice(self.seed, index, PART)) if part > 1 else base

    def _collection_id(self, index: int) -> int:
        return COLLECTION_ID_OFFSET + int(self.columns.ids[self.family.head[index]])

    def _collection(self, index: int) -> Record | None:
        if self.family.head[index] < 0:
            return None
        name = f"{self.title_of(index).text_in(0)} Collection"
        return {"id": self._collection_id(index), "name": name, "poster_path": None, "backdrop_path": None}

    def _facts(self, index: int) -> FilmFacts:
        return FilmFacts(
            seed=self.seed,
            film_count=len(self.columns.ids),
            index=index,
            film_id=int(self.columns.ids[index]),
            language=int(self.columns.language[index]),
            composer=int(self.family.composer[index]),
            part=int(self.family.part[index]),
            title=self.title_of(index),
        )

    def _core(self, index: int) -> Record:
        columns, dice = self.columns, Dice(self.seed, index, CORE)
        title, original_title = self.titles(index)
        genres = dice.sample(GENRES, dice.between(1, 3))
        return {
            "adult": False,
            "backdrop_path": None,
            "genres": [{"id": number, "name": name} for number, name in genres],
            "id": int(columns.ids[index]),
            "original_language": LANGUAGES[columns.language[index]],
            "original_title": original_title,
            "overview": _overview(dice),
            "popularity": float(columns.popularity[index]),
            "poster_path": None,
            "release_date": to_text(int(columns.day[index])),
            "title": title,
            "video": False,
            "vote_average": float(columns.vote_average[index]),
            "vote_count": int(columns.vote_count[index]),
        }

    def _detail(self, index: int) -> Record:
        dice = Dice(self.seed, index, DETAIL)
        language = LANGUAGES[self.columns.language[index]]
        code, country, spoken, spoken_english = COUNTRIES[language]
        return {
            "belongs_to_collection": self._collection(index),
            "budget": 0 if dice.chance(0.6) else dice.between(2, 1800) * 100_000,
            "homepage": "",
            "imdb_id": film_extras.imdb_id(int(self.columns.ids[index])),
            "origin_country": [code],
            "production_companies": [_company(number) for number in dice.sample(range(len(STUDIOS)), 2)],
            "production_countries": [{"iso_3166_1": code, "name": country}],
            "revenue": int(self.columns.revenue[index]),
            "runtime": 0 if dice.chance(0.05) else dice.between(62, 190),
            "spoken_languages": [{"english_name": spoken_english, "iso_639_1": language, "name": spoken}],
            "status": "Released",
            "tagline": dice.pick(TAGLINES) if dice.chance(0.4) else "",
        }


def _overview(dice: Dice) -> str:
    """Draw two or three sentences; a few films have none."""
    if dice.chance(0.04):
        return ""
    place, role = dice.pick(PLACES), dice.pick(ROLES)
    opening = (
        f"In {place}, a {role} {dice.pick(EVENTS)}." if dice.chance(0.6) else f"A {role} {dice.pick(EVENTS)}."
    )
    return " ".join([opening, *dice.sample(TURNS, dice.between(1, 2))]).replace("{p}", place)


def _company(number: int) -> Record:
    return {"id": 900 + number, "logo_path": None, "name": STUDIOS[number], "origin_country": ""}
