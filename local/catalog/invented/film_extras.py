"""What `append_to_response` adds to an invented film: people, keywords, other titles, ids and reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.catalog.columns import Record
from local.catalog.invented.dice import Dice
from local.catalog.invented.film_columns import composer_count
from local.catalog.invented.words import people
from local.catalog.invented.words.film_words import COUNTRIES, KEYWORDS, LANGUAGES, OPINIONS

if TYPE_CHECKING:
    from local.catalog.invented.films import InventedFilms

CREDITS, KEYWORD, REVIEW = 10, 11, 12
CREW_JOBS = (("Directing", "Director"), ("Writing", "Screenplay"), ("Production", "Producer"))
MAX_CAST = 8
OFFSHOOTS = 3


def appended(films: InventedFilms, index: int) -> Record:
    """Return the five sub-answers of a film, each in TMDB's shape."""
    film_id = int(films.columns.ids[index])
    return {
        "credits": _credits(films, index),
        "keywords": {"keywords": _keywords(Dice(films.seed, index, KEYWORD))},
        "alternative_titles": {"titles": _other_titles(films, index)},
        "external_ids": _external_ids(film_id),
        "reviews": _reviews(films, index),
    }


def imdb_id(film_id: int) -> str:
    """Return an invented IMDb id, far above those given out."""
    return f"tt9{film_id:08d}"


def _external_ids(film_id: int) -> Record:
    links = {"facebook_id": None, "instagram_id": None, "twitter_id": None}
    return {"imdb_id": imdb_id(film_id), "wikidata_id": None, **links}


def _credits(films: InventedFilms, index: int) -> Record:
    dice, language = Dice(films.seed, index, CREDITS), int(films.columns.language[index])
    cast = [
        _actor(films, _draw_person(films, dice, language), order)
        for order in range(dice.between(3, MAX_CAST))
    ]
    crew = [_member(films, _draw_person(films, dice, language), *job) for job in CREW_JOBS]
    composer = int(films.family.composer[index])
    if composer >= 0:
        crew.append(_member(films, composer, "Sound", "Original Music Composer"))
    return {"cast": cast, "crew": crew}


def _draw_person(films: InventedFilms, dice: Dice, language: int) -> int:
    """Draw somebody of the film's language who is no composer."""
    known = composer_count(len(films.columns.ids))
    return known + dice.below(known) * len(LANGUAGES) + language


def _person(films: InventedFilms, number: int, department: str) -> Record:
    name = people.name(films.seed, number)
    return {
        "adult": False,
        "gender": number % 3,
        "id": people.person_id(number),
        "known_for_department": department,
        "name": name,
        "original_name": name,
        "profile_path": None,
    }


def _actor(films: InventedFilms, number: int, order: int) -> Record:
    role = people.name(films.seed, number * len(LANGUAGES) + people.language_of(number)).split()[0]
    return _person(films, number, "Acting") | {"character": role, "order": order, "credit_id": f"a{number}"}


def _member(films: InventedFilms, number: int, department: str, job: str) -> Record:
    return _person(films, number, department) | {
        "department": department,
        "job": job,
        "credit_id": f"c{number}",
    }


def _keywords(dice: Dice) -> list[Record]:
    places = dice.sample(range(len(KEYWORDS)), dice.below(7))
    return [{"id": 4000 + place, "name": KEYWORDS[place]} for place in places]


def _other_titles(films: InventedFilms, index: int) -> list[Record]:
    title, language = films.title_of(index), int(films.columns.language[index])
    if not title.is_spoken_everywhere or films.family.part[index] > 1:
        return []
    others = [(language + step) % len(LANGUAGES) for step in range(1, OFFSHOOTS + 1)]
    return [
        {"iso_3166_1": COUNTRIES[LANGUAGES[other]][0], "title": title.say(other), "type": ""}
        for other in others
        if other
    ]


def _reviews(films: InventedFilms, index: int) -> Record:
    dice = Dice(films.seed, index, REVIEW)
    results = [_review(films, index, number, dice) for number in range(max(dice.below(4) - 1, 0))]
    return {"page": 1, "results": results, "total_pages": bool(results) + 0, "total_results": len(results)}


def _review(films: InventedFilms, index: int, number: int, dice: Dice) -> Record:
    author, written = (
        people.name(films.seed, dice.below(100_000)),
        f"20{dice.between(10, 25)}-05-04T10:00:00.000Z",
    )
    details = {"name": author, "username": author.lower().replace(" ", ""), "avatar_path": None}
    return {
        "author": author,
        "author_details": details | {"rating": float(dice.between(2, 10))},
        "content": " ".join(dice.sample(OPINIONS, dice.between(1, 4))),
        "created_at": written,
        "id": f"r{films.columns.ids[index]}-{number}",
        "updated_at": written,
        "url": "",
    }
