"""Closed lists a slice can be split by: ISO 639-1 languages, Discogs formats and countries."""

from __future__ import annotations


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split("|"))


LANGUAGES: tuple[str, ...] = tuple(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch cn co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
    lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa
    pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg
    th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh xx yi yo za zh zu
    """.split()  # noqa: SIM905 -- 187 quoted codes would fill a screen
)

FORMATS: tuple[str, ...] = _names(
    """
    Vinyl| CD| Cassette| File| CDr| DVD| DVDr| Blu-ray| Blu-ray-R| Box Set| All Media| Shellac|
    8-Track Cartridge| 4-Track Cartridge| Reel-To-Reel| SACD| Minidisc| DCC| DAT| Hybrid|
    DualDisc| HDCD| CDV| Laserdisc| VHS| Betamax| UMD| Video 2000| Flexi-disc| Lathe Cut|
    Acetate| Pathé Disc| Edison Disc| Cylinder| Memory Stick| Microcassette| PlayTape| Floppy
    Disk| Film Reel| Other
    """
)

COUNTRIES: tuple[str, ...] = _names(
    """
    US| UK| Germany| France| Italy| Japan| Canada| Netherlands| Spain| Europe| Australia|
    Belgium| Sweden| Brazil| Greece| Portugal| Russia| USSR| Poland| Mexico| Argentina| India|
    Switzerland| Austria| Denmark| Norway| Finland| New Zealand| South Africa| Ireland| Turkey|
    Israel| Yugoslavia| Czech Republic| Czechoslovakia| Hungary| Romania| Bulgaria| Colombia|
    Chile| Peru| Venezuela| Taiwan| Hong Kong| China| South Korea| Singapore| Malaysia|
    Thailand| Indonesia| Philippines| Iran| Pakistan| Lebanon| Egypt| Nigeria| Jamaica| Ukraine|
    Croatia| Serbia| Slovenia| Slovakia| Estonia| Latvia| Lithuania| Iceland| Luxembourg|
    Cyprus| Malta| Cuba| Uruguay| Ecuador| German Democratic Republic (GDR)| UK & Europe| USA &
    Canada| USA & Europe| USA, Canada & Europe| UK, Europe & US| UK & US| Germany, Austria, &
    Switzerland| Australia & New Zealand| Benelux| Scandinavia| Africa| Asia| Worldwide| Unknown
    """
)
