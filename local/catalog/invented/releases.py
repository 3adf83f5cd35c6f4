"""Invented releases: soundtracks of the invented films, and records that only resemble them."""

from __future__ import annotations

from local.catalog.columns import Record
from local.catalog.invented import release_columns
from local.catalog.invented.dice import Dice
from local.catalog.invented.film_columns import composer_count
from local.catalog.invented.films import InventedFilms
from local.catalog.invented.release_columns import GAME, SERIES, SINGLE, STAGE, TRUE
from local.catalog.invented.words import people, release_words
from local.catalog.invented.words.film_words import CUES, LANGUAGES
from local.catalog.invented.words.titles import invent

TITLE, CORE, TRACK = 20, 21, 22
STRANGERS = 10_000_000
MISFILED_SHARE = 0.03


class InventedReleases:
    """A release source of any size over invented films; all of it carries the style Soundtrack."""

    is_answer_set = False

    def __init__(self, count: int, films: InventedFilms) -> None:
        self._films = films
        self.seed = films.seed
        self.columns, self._draws = release_columns.draw(count, films.seed, films.columns)
        self._number = _namesakes(films)

    def links(self) -> list[tuple[int, int]]:
        """Return the true (film id, release id) pairs."""
        is_true = (self._draws.kind == TRUE).nonzero()[0]
        film_ids = self._films.columns.ids[self._draws.film[is_true]]
        return list(zip(film_ids.tolist(), self.columns.ids[is_true].tolist(), strict=True))

    def title(self, index: int) -> str:
        """Return "Artist - Title" as the search shows it."""
        dice, kind = Dice(self.seed, index, TITLE), int(self._draws.kind[index])
        if kind == TRUE:
            artist, title = self._of_film(dice, int(self._draws.film[index]))
        else:
            artist, title = self._of_none(dice, kind, int(self._draws.film[index]))
        whole = f"{artist} - {title}"
        return whole.upper() if dice.chance(MISFILED_SHARE) else whole

    def record(self, index: int) -> Record:
        """Return the release as it stands in search results; `year` is absent where unknown."""
        dice, columns, draws = Dice(self.seed, index, CORE), self.columns, self._draws
        release_id, master, year = (
            int(columns.ids[index]),
            int(columns.master[index]),
            int(columns.year[index]),
        )
        names = list(release_words.FORMATS[draws.format[index]])
        record: Record = {
            "country": release_words.COUNTRIES[draws.country[index]],
            **({"year": str(year)} if year else {}),
            "format": names,
            "label": [dice.pick(release_words.LABELS)],
            "type": "release",
            "genre": list(release_words.GENRES[draws.genre[index]]),
            "style": list(release_words.STYLES[draws.style[index]]),
            "id": release_id,
            "barcode": [str(dice.between(10**11, 10**12))] if dice.chance(0.5) else [],
            "master_id": master,
            "master_url": f"https://api.discogs.com/masters/{master}" if master else None,
            "uri": f"/release/{release_id}",
            "catno": f"CF {dice.between(100, 9999)}",
            "title": self.title(index),
            "thumb": "",
            "cover_image": "",
            "resource_url": f"https://api.discogs.com/releases/{release_id}",
            "community": {"want": dice.below(400), "have": dice.below(900)},
            "format_quantity": 1,
            "formats": [{"name": names[0], "qty": "1", "descriptions": names[1:]}],
        }
        return record

    def tracks(self, index: int) -> tuple[list[Record], list[Record]]:
        """Return the track list, and the composer of the film among the extra artists."""
        dice = Dice(self.seed, index, TRACK)
        cues = dice.sample(CUES, dice.between(4, 16))
        tracks = [_track(dice, place, cue) for place, cue in enumerate(cues, start=1)]
        film = int(self._draws.film[index]) if self._draws.kind[index] == TRUE else -1
        composer = self._films.composer(film) if film >= 0 else None
        return tracks, [_credit(composer, int(self._films.family.composer[film]))] if composer else []

    def _of_film(self, dice: Dice, film: int) -> tuple[str, str]:
        titles, language = self._films.titles(film), LANGUAGES[self._films.columns.language[film]]
        form = dice.pick(release_words.SOUNDTRACK_FORMS)
        chosen = titles[dice.chance(0.45)]
        if chosen == titles[1] and language in release_words.LOCAL_FORMS and dice.chance(0.5):
            form = release_words.LOCAL_FORMS[language]
        if titles[0] != titles[1] and dice.chance(0.1):
            chosen = f"{titles[1]} = {titles[0]}"
        return self._artist_of(dice, film), form.format(t=chosen)

    def _artist_of(self, dice: Dice, film: int) -> str:
        number = int(self._films.family.composer[film])
        if number < 0 or dice.chance(0.2):
            return release_words.VARIOUS if dice.chance(0.7) else self._stranger(dice)
        name = people.name(self.seed, number)
        suffix = f" ({self._number[number]})" if number in self._number else ""
        if dice.chance(0.05):
            return f"{name[0]}. {name.split()[-1]}*"
        joined = f" / {self._stranger(dice)}" if dice.chance(0.06) else ""
        return f"{name}{suffix}{joined}"

    def _of_none(self, dice: Dice, kind: int, film: int) -> tuple[str, str]:
        language = 0 if dice.chance(0.6) else dice.below(len(LANGUAGES))
        title, number = invent(dice, language).text_in(language), dice.between(1, 4)
        if kind == SINGLE:
            return dice.pick(release_words.BANDS), self._films.titles(film)[0]
        if kind == STAGE:
            return "Original Cast", dice.pick(release_words.STAGE_FORMS).format(t=title)
        forms = {SERIES: release_words.SERIES_FORMS, GAME: release_words.GAME_FORMS}
        form = dice.pick(forms.get(kind, release_words.SOUNDTRACK_FORMS))
        artist = release_words.VARIOUS if dice.chance(0.25) else self._stranger(dice)
        return artist, form.format(t=title, n=number)

    def _stranger(self, dice: Dice) -> str:
        suffix = f" ({dice.between(2, 9)})" if dice.chance(0.08) else ""
        return people.name(self.seed, STRANGERS + dice.below(100_000)) + suffix


def _namesakes(films: InventedFilms) -> dict[int, int]:
    """Return Discogs' numbers, 2 and up, of composers with the name of an earlier one."""
    seen: dict[str, int] = {}
    numbers: dict[int, int] = {}
    for person in range(composer_count(len(films.columns.ids))):
        name = people.name(films.seed, person)
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            numbers[person] = seen[name]
    return numbers


def _track(dice: Dice, place: int, cue: str) -> Record:
    duration = f"{dice.between(1, 6)}:{dice.between(10, 59)}"
    return {"position": str(place), "type_": "track", "title": cue, "duration": duration}


def _credit(name: str, number: int) -> Record:
    known = {"id": people.person_id(number), "resource_url": ""}
    return {"name": name, "anv": "", "join": "", "role": "Composed By", "tracks": "", **known}
