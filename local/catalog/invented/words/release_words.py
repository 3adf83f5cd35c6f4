"""What invented records are called: soundtrack labels of titles, formats, record labels, countries."""

from __future__ import annotations


def _listed(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


VARIOUS = "Various"

# What stands around a film's title on a soundtrack; {t} is the title. The same share each.
SOUNDTRACK_FORMS = (
    "{t}",
    "{t}",
    "{t} (Original Motion Picture Soundtrack)",
    "{t} (Original Motion Picture Soundtrack)",
    "{t} (Original Motion Picture Soundtrack)",
    "{t}: Original Motion Picture Soundtrack",
    "{t} (Original Motion Picture Score)",
    "{t} (Music From The Motion Picture)",
    "{t} (Original Soundtrack)",
    "{t} (Original Score)",
    "{t} - Original Soundtrack Recording",
    "Music From The Original Motion Picture Soundtrack: {t}",
    "{t} (Expanded Edition)",
    "{t} (The Deluxe Edition) [Original Motion Picture Soundtrack]",
)
LOCAL_FORMS = {
    "fr": "{t} (Bande Originale Du Film)",
    "de": "{t} (Original-Filmmusik)",
    "es": "{t} (Banda Sonora Original)",
    "it": "{t} (Colonna Sonora Originale)",
    "ja": "{t} オリジナル・サウンドトラック",
    "ko": "{t} (영화 음악)",
    "ru": "{t} (Музыка Из Фильма)",
}
SERIES_FORMS = (
    "{t}: Season {n} (Original Series Soundtrack)",
    "{t} (Music From The Television Series)",
    "{t} (Soundtrack From The Original Series)",
)
STAGE_FORMS = (
    "{t} (Original Broadway Cast Recording)",
    "{t} (Original London Cast)",
    "{t}: A New Musical (World Premiere Cast Recording)",
)
GAME_FORMS = (
    "{t} (Original Game Soundtrack)",
    "{t} {n} Original Soundtrack",
    "{t} (Original Video Game Score)",
)
BANDS = _listed(
    "Paper Lanterns,The Hollow Tide,Velour Static,Northern Ghosts,Caldera Youth,Miss Overcast,DJ Marrow,"
    "The Quartz Brothers,Slow Parade,Neon Orchard,Tender Machines,Kid Saltwater",
    ",",
)
LABELS = _listed(
    "Silver Reel Records,Quay Street Music,Lakeland Scores,Milvane Recordings,Blue Canopy,Intrada Nova,"
    "Edition Morgenrot,Disques Lumen,Kazehana Records,Cinevox Sud,Varena Sarande,Waxlight",
    ",",
)
FORMATS = (
    ("CD", "Album"),
    ("CD", "Album", "Reissue"),
    ("CD", "Compilation"),
    ("Vinyl", "LP", "Album"),
    ("Vinyl", "LP", "Album", "Reissue", "Remastered"),
    ("Vinyl", "LP", "Album", "Limited Edition"),
    ("Vinyl", '7"', "45 RPM", "Single"),
    ("Cassette", "Album"),
    ("File", "FLAC", "Album"),
    ("File", "MP3", "Album"),
)
FORMAT_SHARES = (0.24, 0.08, 0.05, 0.2, 0.06, 0.05, 0.04, 0.06, 0.1, 0.12)
SINGLE_FORMAT = 6
STYLES = (
    ("Soundtrack",),
    ("Soundtrack", "Score"),
    ("Soundtrack", "Theme"),
    ("Soundtrack", "Musical"),
    ("Soundtrack", "Synth-pop"),
    ("Soundtrack", "Ambient", "Score"),
)
GENRES = (
    ("Stage & Screen",),
    ("Electronic", "Stage & Screen"),
    ("Classical", "Stage & Screen"),
    ("Pop",),
    ("Rock", "Stage & Screen"),
)
COUNTRIES = _listed(
    "US,UK,Germany,France,Italy,Japan,Europe,Spain,South Korea,Russia,Canada,Netherlands", ","
)
COUNTRY_SHARES = (0.36, 0.12, 0.09, 0.08, 0.07, 0.07, 0.08, 0.04, 0.03, 0.02, 0.02, 0.02)
