"""Evidence, scores and reasons of pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.matching.evidence import name_similarity, pair_evidence, title_evidence, year_features
from spark_jobs.matching.facts import release_row
from spark_jobs.matching.model import FEATURES, SIGNS, Model, feature_row, probabilities
from spark_jobs.matching.reason import people_phrase, removed_words, title_phrase, year_phrase
from spark_jobs.matching.scorer import release_facts
from spark_jobs.matching.sides import FilmFacts, ReleaseFacts, link_type
from spark_jobs.names.film_titles import film_names
from spark_jobs.names.people import credited_artists, name_keys, names_anyone
from spark_jobs.names.titles import parse_release, split_artist

NAME = st.from_regex(r"[a-z]{1,8}( [a-z0-9]{1,8}){0,3}", fullmatch=True)
MODEL = Model.load()


def film(
    title: str, year: int = 2014, composers: tuple[str, ...] = ("Hans Mori",), votes: int = 500
) -> FilmFacts:
    """A film with the given facts."""
    names = [(name.text, name.kind) for name in film_names(title)]
    return FilmFacts(names, year, name_keys(list(composers)), [], min(math.log1p(votes) / 10, 1.0))


def release(
    title: str, artists: tuple[str, ...] = ("Hans Mori",), year: int = 2014, **kinds: set[str]
) -> ReleaseFacts:
    """A record with the given facts; a soundtrack unless said otherwise."""
    parsed = parse_release(f"X - {title}")
    names = [(name.text, name.kind) for name in parsed.names]
    shape = {"genres": {"stage & screen"}, "styles": {"soundtrack"}, "formats": {"album"}} | kinds
    sets = [frozenset(shape[name]) for name in ("genres", "styles", "formats")]
    return ReleaseFacts(names, parsed.said, name_keys(list(artists)), year, *sets)


def log_odds(record: ReleaseFacts, movie: FilmFacts) -> float:
    """Utility of a pair under the fitted model."""
    return float(MODEL.utilities(np.array([feature_row(pair_evidence(record, movie))]))[0])


@given(NAME)
def test_a_title_matches_itself(name: str) -> None:
    """Similarity with itself is 1, and no other pair of names beats it."""
    assert name_similarity(name, name) == 1.0
    assert title_evidence([(name, "full")], [(name, "full")]).is_exact


@given(NAME, NAME)
def test_similarity_is_symmetric_and_bounded(one: str, other: str) -> None:
    """0 to 1, the same both ways, and 1 only for equal names."""
    value = name_similarity(one, other)
    assert value == name_similarity(other, one)
    assert 0.0 <= value <= 1.0
    assert (value == 1.0) == (one.replace(" ", "") == other.replace(" ", ""))


@pytest.mark.parametrize(
    "variant",
    ["FAR ASTRAY", "Far Astr\u00e1y", "Far Astray!", "far astray (Original Motion Picture Soundtrack)"],
)
def test_case_accents_and_punctuation_do_not_change_the_title_score(variant: str) -> None:
    """Spelling variants give the same title features."""
    plain, other = (pair_evidence(release(title), film("Far Astray")) for title in ("Far Astray", variant))
    kept = ("title_exact", "title_near", "title_length", "release_left", "film_left")
    assert [plain[name] for name in kept] == [other[name] for name in kept]


@given(st.integers(1930, 2030), st.integers(1930, 2030))
def test_years_speak_once(film_year: int, release_year: int) -> None:
    """At most one year feature is set: same, later or before."""
    assert sum(value > 0 for value in year_features(release_year, film_year).values()) <= 1


def test_a_reissue_is_normal_and_a_release_before_the_film_is_not() -> None:
    """Thirty years later costs less than three years earlier; an unknown year costs nothing."""
    reissue, early = (
        log_odds(release("Far Astray", year=year), film("Far Astray", 1982)) for year in (2012, 1979)
    )
    assert early < reissue
    assert not any(year_features(0, 1982).values())


def test_the_composer_decides_between_namesakes() -> None:
    """Of two films of one title the one whose composer made the record is likelier."""
    record = release("Far Astray", year=0)
    assert log_odds(record, film("Far Astray", 1990)) > log_odds(
        record, film("Far Astray", 2014, ("Ken Novak",))
    )


def test_a_techno_single_is_no_soundtrack() -> None:
    """The same title on a record of another kind stays below even odds."""
    single = release(
        "Shark", ("Mike Born",), 1996, genres={"electronic"}, styles={"techno"}, formats={"vinyl", "single"}
    )
    assert log_odds(single, film("Shark", 1975, ("Jon Hill",))) < 0


def test_a_soundtrack_by_the_composer_is_a_match() -> None:
    """Title, composer and year together are near certainty."""
    assert log_odds(release("Far Astray (Original Motion Picture Soundtrack)"), film("Far Astray")) > 3


def test_sequels_are_told_apart() -> None:
    """A record of part two fits part two better than part one."""
    record = release("Far Astray 2 (Original Motion Picture Soundtrack)")
    assert log_odds(record, film("Far Astray II")) > log_odds(record, film("Far Astray")) + 2


def test_every_weight_has_the_sign_a_person_expects() -> None:
    """The fitted file holds each feature, none against its sign."""
    assert all(weight * sign >= 0 for weight, sign in zip(MODEL.weights, SIGNS.values(), strict=True))
    assert set(pair_evidence(release("A"), film("B"))) == set(FEATURES)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=6))
def test_the_films_of_a_record_share_one_probability(utilities: list[float]) -> None:
    """Scores of one record's films add up to at most 1, in the order of their utilities."""
    scores = probabilities(np.array(utilities), np.zeros(len(utilities), dtype=np.int64))
    assert 0 < scores.sum() <= 1.0 + 1e-12
    assert scores.max() == scores[np.argmax(utilities)]


def test_missing_coefficients_name_the_command(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Without the file the message says how to make it."""
    with pytest.raises(FileNotFoundError, match=r"spark_jobs\.fit"):
        Model.load(tmp_path / "none.json")


def test_reasons_read_as_sentences() -> None:
    """What was removed, who agrees and the years are said in words."""
    title = title_evidence([("far astray", "full")], [("far astray", "full")])
    printed = "Far Astray (Original Motion Picture Soundtrack)"
    assert (
        title_phrase(title, printed, "Far Astray")
        == "title exact after removing 'Original Motion Picture Soundtrack'"
    )
    assert removed_words("Far Astray", "Far Astray") == ""
    assert people_phrase("Hans Mori", True, False, "") == "composer Hans Mori is the artist"
    assert people_phrase(None, False, True, "Ana Ruiz") == "artist Ana Ruiz is not the film's composer"
    assert year_phrase(2014, 0) == "film 2014, release year unknown"


@given(NAME, NAME, st.integers(1930, 2030))
def test_spelling_of_both_sides_leaves_the_evidence_alone(title: str, name: str, year: int) -> None:
    """Case and punctuation of record and film change no feature."""
    plain = pair_evidence(release(title, (name,), year), film(title, year, (name,)))
    loud = pair_evidence(
        release(f"{title.upper()}!", (name.upper(),), year), film(f"{title.title()}.", year, (name,))
    )
    assert plain == loud


@given(NAME)
def test_a_title_always_finds_itself(title: str) -> None:
    """A record that bears a film's very name is an exact match, whatever the name."""
    evidence = title_evidence(release(title).names, film(title).names)
    assert evidence.is_exact
    assert evidence.similarity == 1.0


@given(st.lists(NAME, min_size=1, max_size=3), st.permutations(range(3)))
def test_people_weigh_the_same_in_any_order(names: list[str], order: list[int]) -> None:
    """The order of artists or composers does not matter."""
    shuffled = tuple(names[n] for n in order if n < len(names))
    one = pair_evidence(release("Far Astray", tuple(names)), film("Far Astray", 2014, shuffled))
    other = pair_evidence(release("Far Astray", shuffled), film("Far Astray", 2014, tuple(names)))
    assert one == other


def searched(printed: str, year: int) -> ReleaseFacts:
    """A search result as silver and the matcher see it."""
    artist, title = split_artist(printed)
    kinds = {"genres": ["Stage & Screen"], "styles": ["Soundtrack"], "formats": ["CD", "Album"]}
    named = {"artist": artist, "artists": credited_artists(artist), "is_various": names_anyone(artist)}
    return release_facts(
        release_row(
            {"release_id": 1, "release_title": title, "year": year, "release_hash": 1, **named, **kinds}
        )
    )


def probability(printed: str, year: int, movie: FilmFacts) -> float:
    """Probability of a search result and the only film near it."""
    return float(1 / (1 + math.exp(-log_odds(searched(printed, year), movie))))


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("(700) Nights of Rain", "Various - (700) Nights Of Rain (Music From The Motion Picture)"),
        ("[ECHO]\u00b2", "Various - [Echo]\u00b2 (Original Soundtrack)"),
        ("6\u00bd Lanterns", "Various - 6 1/2 Lanterns"),
        ("Lantern\u00b3", "Various - Lantern 3"),
        ("Lantern\u00b3", "Various - Lantern3"),
        ('"Harrow Heights"', "Various - Harrow Heights (Original Motion Picture Soundtrack)"),
    ],
)
def test_a_number_never_clashes_in_an_exact_title(title: str, printed: str) -> None:
    """However brackets and numbers are written, the whole title is exact, without a clash, and a match."""
    movie = film(title, 2009)
    evidence = pair_evidence(searched(printed, 2009), movie)
    assert (evidence["title_exact"], evidence["number_clash"]) == (1.0, 0.0)
    assert probability(printed, 2009, movie) > 0.9


def test_the_reading_that_fits_the_film_counts() -> None:
    """A composer printed behind a dash is the composer, wherever the title begins."""
    movie = film("Far Astray", 1984, ("Brita Roe",))
    assert probability("Pirkko Mori - Brita Roe - Far Astray (Original Soundtrack)", 1984, movie) > 0.9
    assert probability("Pirkko Mori - Brita Roe - Far Astray", 1984, movie) > 0.9
    franchise = film("Long Lake - The Return", 1984, ("Ana Ruiz",))
    assert probability("Ana Ruiz - Long Lake - The Return (Original Soundtrack)", 1984, franchise) > 0.9


@pytest.mark.parametrize(
    "artist", ["Varios*", "Artisti Vari*", "Verschiedene Interpreten*", "Diverse*", "Various, Lisa Roe"]
)
def test_a_compilation_is_no_clash_with_the_composer(artist: str) -> None:
    """'Various' in any language, or beside somebody, says what 'Various' says."""
    movie = film("Amber", 1998, ("Hans Mori",))
    evidence = pair_evidence(searched(f"{artist} - Amber", 1998), movie)
    assert evidence == pair_evidence(searched("Various - Amber", 1998), movie)
    assert evidence["composer_clash"] == 0.0


@pytest.mark.parametrize("printed", ["Quartz/Tide", "Lakeland, Rain & Fire", "Hans Mori Pres. Lisa Roe"])
def test_pieces_of_a_credit_still_match(printed: str) -> None:
    """The composer is found as a piece of a credit, and as the whole."""
    for composer in (printed.split("/")[-1].split(" Pres. ")[-1].split(", ")[0], printed):
        evidence = pair_evidence(searched(f"{printed} - Amber", 1998), film("Amber", 1998, (composer,)))
        assert evidence["composer"] == 1.0


def test_films_of_a_series_are_told_apart_by_the_words_that_differ() -> None:
    """Letters and composer alike, the film whose own words stand in the record's title is likelier by far."""
    record = release("Orla Finch And The Second Lantern (Original Motion Picture Soundtrack)")
    third, own = film("Orla Finch and the Third Lantern"), film("The Second Lantern")
    assert log_odds(record, own) > log_odds(record, third) + 2
    assert pair_evidence(record, third)["words_clash"] == 1.0
    assert pair_evidence(release("Lantren Keepers"), film("Lantern Keepers"))["words_clash"] == 0.0


@pytest.mark.parametrize(
    "title",
    [
        "Far Astray (Original Broadway Cast Recording)",
        "Far Astray (Original Television Soundtrack)",
        "Far Astray (Original Game Soundtrack)",
        "Far Astray 7 (Original Motion Picture Soundtrack)",
    ],
)
def test_what_a_record_says_it_is_outweighs_its_composer(title: str) -> None:
    """A stage, television or game version, and another part, are no soundtrack of the film, whoever wrote them."""
    assert log_odds(release(title), film("Far Astray")) < 0


@pytest.mark.parametrize(
    "title",
    [
        "Far Astray (1956 Film Cast)",
        "Far Astray (Original Musical Score)",
        "Far Astray (2004 Remaster)",
        "Far Astray (Original TV Movie Soundtrack)",
    ],
)
def test_words_that_only_sound_like_another_kind_cost_nothing(title: str) -> None:
    """A film's cast, a musical score, a remaster of any year and a television film are the film's."""
    assert log_odds(release(title, year=2014), film("Far Astray")) > 2


def test_an_orchestra_is_a_tribute_only_without_the_composer() -> None:
    """The composer's own orchestra is his; another's plays his music again."""
    own = release("Far Astray", artists=("Hans Mori", "The Harbour Symphony Orchestra"))
    other = release("Far Astray", artists=("The Harbour Symphony Orchestra",))
    assert pair_evidence(own, film("Far Astray"))["says_tribute"] == 0.0
    assert pair_evidence(other, film("Far Astray"))["says_tribute"] == 1.0
    assert pair_evidence(other, film("Far Astray", composers=()))["says_tribute"] == 0.0


@pytest.mark.parametrize(
    ("record", "has_composer", "kind"),
    [
        (release("Far Astray (Original Motion Picture Score)"), True, "score"),
        (release("Far Astray (Original Broadway Cast Recording)"), True, "cast recording"),
        (release("Far Astray (Music From And Inspired By The Film)"), False, "inspired by"),
        (release("Far Astray", formats={"single", "vinyl"}), False, "single"),
        (release("Far Astray (Songs From The Motion Picture)"), False, "songs"),
        (release("Far Astray", styles={"video game music"}), False, "game"),
        (release("Far Astray (Original Television Soundtrack)"), False, "series"),
        (release("Far Astray"), False, "soundtrack"),
    ],
)
def test_a_link_has_a_type(record: ReleaseFacts, has_composer: bool, kind: str) -> None:
    """Title, format, style and the composer say what a record is to its film."""
    assert link_type(record, film("Far Astray"), has_composer) == kind


def test_a_record_without_names_has_evidence_too() -> None:
    """People may confirm any pair: one whose titles leave no name is weighed, and nothing of it is exact."""
    nameless = ReleaseFacts([], frozenset(), [], 0, frozenset(), frozenset(), frozenset())
    evidence = pair_evidence(nameless, film("Far Astray"))
    assert math.isfinite(log_odds(nameless, film("Far Astray"))) and not evidence["title_exact"]
