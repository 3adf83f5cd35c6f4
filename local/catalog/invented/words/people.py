"""Invented people: a name for every number, in the language that the number stands for."""

from __future__ import annotations

from local.catalog.invented.dice import Dice
from local.catalog.invented.words.film_words import LANGUAGES

FIRST_ID = 5000
_PURPOSE = 60

_FIRST_NAMES = {
    "en": "Ada Caleb Dorothy Edwin Felix Grace Harold Iris Jonah Kate Leonard Maeve Nathan Olive Percy Ruth Silas Tess "
    "Victor Wendell Maxine Theodore Imogen Gideon",
    "fr": "Agathe Bastien Céline Didier Élodie Fabrice Geneviève Hugo Inès Jérôme Lucien Maëlle "
    "Noémie Régis Solène Thierry",
    "de": "Anke Bernd Clara Dietmar Elke Friedhelm Greta Holger Ilse Jürgen Käthe Lutz Marlene Norbert Renate Sönke",
    "es": "Alba Benito Consuelo Dámaso Elvira Fermín Graciela Hilario Inmaculada Joaquín Leticia Matías Noelia Ramón",
    "it": "Alessio Beatrice Corrado Donatella Ennio Fiorella Gianluca Ilaria Lorenzo "
    "Mirella Nicolò Ornella Renzo Silvana",
    "ja": "Akiko Daigo Emi Haruto Izumi Jun Kaori Masato Naoki Reiko Shinji Tomoko Yuki Wataru",
    "ko": "Ae-ri Byung-ho Chae-won Dong-min Eun-ji Hae-jin Ji-hoon Kyung-ah Min-jae Sang-woo So-yeon Tae-sik",
    "ru": "Alina Boris Darya Efim Galina Gleb Irina Kirill Lidia Maksim Nadezhda Pavel Rodion Svetlana",
}
_LAST_STARTS = {
    "en": "Ash Black Cole Dun Fair Green Har Lang Mar North Pem Ridge Stan Thorn Whit Brack Hollo Win",
    "fr": "Bel Cour Dela Fon Gar Lam Mont Pelle Rous Val Char Beau",
    "de": "Alt Berg Stein Kraft Linden Rosen Vogel Wein Hart Feld Grün Kessel",
    "es": "Alva Barro Carra Domín Espi Guerr Herre Monte Nava Sala Ville Zama",
    "it": "Bar Bel Cal Fer Gal Lom Mar Pel Ros San Tor Vis",
    "ja": "Ao Fuji Hara Ishi Kawa Mori Naka Oka Shima Taka Yama Kuro",
    "ko": "Han Noh Seo Yoon Baek Gwak Ryu Shim Ok Pyo Nam Do",
    "ru": "Ale Bel Dro Gor Kali Leb Mor Niko Orl Sido Tara Voro",
}
_LAST_ENDS = {
    "en": "worth ford ley field bourne well ton wick combe dale croft mere",
    "fr": "mont rier tier cour teau nier lange vigne cher villiers",
    "de": "mann hauser bach thal berger meier kamp wald",
    "es": "rado guez nares sa lero tero rino dor",
    "it": "toni lini betti cchi rello gatti naldi vino",
    "ja": "moto mura zaki da gawa no saki be",
    "ko": " ",
    "ru": "xeev nov zin kov renko sky chev lin",
}


def _split(table: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(table[language].split()) or ("",) for language in LANGUAGES)


_FIRST, _STARTS, _ENDS = _split(_FIRST_NAMES), _split(_LAST_STARTS), _split(_LAST_ENDS)


def language_of(person: int) -> int:
    """Return the index in LANGUAGES of the language that a person's name is in."""
    return person % len(LANGUAGES)


def name(seed: int, person: int) -> str:
    """Return a person's name, e.g. "Maeve Thornwick"; different people may have the same one."""
    dice = Dice(seed, person, _PURPOSE)
    place = language_of(person)
    middle = chr(65 + dice.below(20)) + ". " if dice.chance(0.15) else ""
    return f"{dice.pick(_FIRST[place])} {middle}{dice.pick(_STARTS[place])}{dice.pick(_ENDS[place])}"


def person_id(person: int) -> int:
    """Return the id that both catalogs use for a person."""
    return FIRST_ID + person
