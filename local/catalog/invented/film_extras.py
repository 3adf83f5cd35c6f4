"""What `append_to_response` adds to an invented film: people, keywords, other titles, ids and reviews."""

from __future__ import annotations

from dataclasses import dataclass

from local.catalog.columns import Record
from local.catalog.invented.dice import Dice
from local.catalog.invented.film_columns import composer_count
from local.catalog.invented.words import people
from local.catalog.invented.words.film_words import COUNTRIES, KEYWORDS, LANGUAGES, OPINIONS
from local.catalog.invented.words.titles import Title

CREDITS, KEYWORD, REVIEW = 10, 11, 12
CREW_JOBS = (("Directing", "Director"), ("Writing", "Screenplay"), ("Production", "Producer"))
MAX_CAST = 8
OFFSHOOTS = 3


@dataclass(frozen=True, kw_only=True)
class FilmFacts:
    """What a film's extras follow from.

    `index` is its place among the `film_count` films of a catalog, `language` a place in LANGUAGES, `composer` the
    number of a person or negative for none, `part` its place in a series (0 or 1: no sequel).
    """

    seed: int
    film_count: int
    index: int
    film_id: int
    language: int
    composer: int
    part: int
    title: Title


def appended(film: FilmFacts) -> Record:
    """Return the five sub-answers of a film, each in TMDB's shape."""
    return {
        "credits": _credits(film),
        "keywords": {"keywords": _keywords(Dice(film.seed, film.index, KEYWORD))},
        "alternative_titles": {"titles": _other_titles(film)},
        "external_ids": _external_ids(film.film_id),
        "reviews": _reviews(film),
    }


def imdb_id(film_id: int) -> str:
    """Return an invented IMDb id, far above those given out."""
    return f"tt9{film_id:08d}"


def _external_ids(film_id: int) -> Record:
    links = {"facebook_id": None, "instagram_id": None, "twitter_id": None}
    return {"imdb_id": imdb_id(film_id), "wikidata_id": None, **links}


def _credits(film: FilmFacts) -> Record:
    dice = Dice(film.seed, film.index, CREDITS)
    cast = [_actor(film.seed, _draw_person(film, dice), order) for order in range(dice.between(3, MAX_CAST))]
    crew = [_member(film.seed, _draw_person(film, dice), *job) for job in CREW_JOBS]
    if film.composer >= 0:
        crew.append(_member(film.seed, film.composer, "Sound", "Original Music Composer"))
    return {"cast": cast, "crew": crew}


def _draw_person(film: FilmFacts, dice: Dice) -> int:
    """Draw somebody of the film's language who is no composer."""
    known = composer_count(film.film_count)
    return known + dice.below(known) * len(LANGUAGES) + film.language


def _person(seed: int, number: int, department: str) -> Record:
    name = people.name(seed, number)
    return {
        "adult": False,
        "gender": number % 3,
        "id": people.person_id(number),
        "known_for_department": department,
        "name": name,
        "original_name": name,
        "profile_path": None,
    }


def _actor(seed: int, number: int, order: int) -> Record:
    role = people.name(seed, number * len(LANGUAGES) + people.language_of(number)).split()[0]
    return _person(seed, number, "Acting") | {"character": role, "order": order, "credit_id": f"a{number}"}


def _member(seed: int, number: int, department: str, job: str) -> Record:
    return _person(seed, number, department) | {
        "department": department,
        "job": job,
        "credit_id": f"c{number}",
    }


def _keywords(dice: Dice) -> list[Record]:
    places = dice.sample(range(len(KEYWORDS)), dice.below(7))
    return [{"id": 4000 + place, "name": KEYWORDS[place]} for place in places]


def _other_titles(film: FilmFacts) -> list[Record]:
    if not film.title.is_translated or film.part > 1:
        return []
    others = [(film.language + step) % len(LANGUAGES) for step in range(1, OFFSHOOTS + 1)]
    return [
        {"iso_3166_1": COUNTRIES[LANGUAGES[other]][0], "title": film.title.text_in(other), "type": ""}
        for other in others
        if other
    ]


def _reviews(film: FilmFacts) -> Record:
    dice = Dice(film.seed, film.index, REVIEW)
    results = [_review(film, number, dice) for number in range(max(dice.below(4) - 1, 0))]
    return {"page": 1, "results": results, "total_pages": bool(results) + 0, "total_results": len(results)}


def _review(film: FilmFacts, number: int, dice: Dice) -> Record:
    author, written = (
        people.name(film.seed, dice.below(100_000)),
        f"20{dice.between(10, 25)}-05-04T10:00:00.000Z",
    )
    details = {"name": author, "username": author.lower().replace(" ", ""), "avatar_path": None}
    return {
        "author": author,
        "author_details": details | {"rating": float(dice.between(2, 10))},
        "content": " ".join(dice.sample(OPINIONS, dice.between(1, 4))),
        "created_at": written,
        "id": f"r{film.film_id}-{number}",
        "updated_at": written,
        "url": "",
    }
