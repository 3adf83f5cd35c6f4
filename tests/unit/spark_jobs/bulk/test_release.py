"""One release of a dump: as the API answers it, whatever the dump of a month looks like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.bulk.errors import BadPiece
from spark_jobs.bulk.release import Release, may_be_wanted, read_release

WHOLE = """<release id="111" status="Accepted">
 <artists><artist><id></id><name>Pirkko Mori (2)</name><anv>P. Mori</anv><join>Feat.</join></artist>
  <artist><id>0</id><name>Lisa Roe</name></artist></artists>
 <title>Far &amp; Astray</title>
 <labels><label catno="none" id="" name="Not On Label"/><label catno="none" id="" name="Not On Label"/></labels>
 <extraartists><artist><id>9</id><name>Brita Roe</name><role>Composed By, Conductor</role>
  <tracks>1 to 3</tracks></artist></extraartists>
 <formats><format name="Vinyl" qty="1" text=""><descriptions><description>LP</description></descriptions></format>
  <format name="All Media" qty="1" text="Red"/></formats>
 <genres><genre>Stage &amp; Screen</genre></genres><styles><style>Soundtrack</style></styles>
 <released>1985-00-00</released><master_id is_main_release="true">713</master_id>
 <tracklist><track><position></position><title>Suite</title><duration></duration>
   <sub_tracks><track><position>1a</position><title>I</title><duration>1:05</duration>
     <extraartists><artist><id>7</id><name>Olu Ade</name><role>Violin</role></artist></extraartists></track>
   </sub_tracks></track>
  <track><position></position><title>Side B</title></track>
  <track><position>2</position><title>End</title>
   <artists><artist><id>5</id><name>Nils Ask</name></artist></artists></track></tracklist>
 <identifiers><identifier type="Barcode" value="5 012345 678900" description="Text"/></identifiers>
 <brand_new_element new="1"><id>5</id><title>Other</title></brand_new_element>
</release>"""


def read(text: str) -> Release:
    return read_release(text.encode())


def body_of(inner: str) -> dict[str, Any]:
    return read(f'<release id="1">{inner}</release>').body


def test_a_release_is_what_the_api_would_answer() -> None:
    """Ids, names and title are those of the outermost element; a label is listed once."""
    found = read(WHOLE).body
    assert (found["id"], found["title"], found["master_id"], found["year"]) == (
        111,
        "Far & Astray",
        713,
        1985,
    )
    assert found["released"] == "1985-00-00" and found["labels"] == [
        {"id": None, "name": "Not On Label", "catno": "none"}
    ]
    assert [(one["id"], one["name"], one["anv"], one["join"]) for one in found["artists"]] == [
        (None, "Pirkko Mori (2)", "P. Mori", "Feat."),
        (0, "Lisa Roe", "", ""),
    ]
    assert [(one["name"], one["descriptions"]) for one in found["formats"]] == [
        ("Vinyl", ["LP"]),
        ("All Media", []),
    ]
    assert found["extraartists"][0]["role"] == "Composed By, Conductor"
    assert found["identifiers"] == [{"type": "Barcode", "value": "5 012345 678900", "description": "Text"}]


def test_tracks_within_tracks_stay_within() -> None:
    """The outer one is an index of others; what has neither place nor length is a heading."""
    suite, heading, end = read(WHOLE).body["tracklist"]
    assert (suite["type_"], heading["type_"], end["type_"]) == ("index", "heading", "track")
    assert (
        suite["sub_tracks"][0]["position"] == "1a"
        and suite["sub_tracks"][0]["extraartists"][0]["name"] == "Olu Ade"
    )
    assert end["artists"][0]["name"] == "Nils Ask"


def test_what_is_new_is_counted() -> None:
    """Elements and attributes nobody knew of, by path; what is inside of them counts with them."""
    found = read(WHOLE.replace("<title>Far", '<title lang="en">Far')).drift
    assert found == {"release/brand_new_element": 1, "release/title@lang": 1}
    assert not read(
        WHOLE.replace('<brand_new_element new="1"><id>5</id><title>Other</title></brand_new_element>', "")
    ).drift


@pytest.mark.parametrize(
    ("released", "year"),
    [
        ("1970-00-00", 1970),
        ("1985", 1985),
        ("19??", 0),
        ("ca. 1975", 0),
        ("", 0),
        ("0199", 199),
        ("2003-02-30", 2003),
    ],
)
def test_a_year_is_the_leading_four_digits(released: str, year: int) -> None:
    """Months of zeros and texts cost no record; 0 is unknown, as in the API's answers."""
    found = body_of(f"<released>{released}</released>")
    assert (found["year"], found["released"]) == (year, released)


@pytest.mark.parametrize(
    ("piece", "problem"),
    [
        (b'<release id="1"><title>A</release>', "no XML"),
        (b'<release id="1"><title>&lol;</title></release>', "no XML: undefined entity"),
        (
            b'<!DOCTYPE r [<!ENTITY lol "x">]><release id="1"><title>&lol;</title></release>',
            "declares entities",
        ),
        (b'<release id="1"><!ENTITY lol "x"></release>', "declares entities"),
        (b'<release id=""><title>A</title></release>', "has no id"),
        (b"<release><id>5</id></release>", "has no id"),
        (b'<release id="-3"/>', "has no id"),
        (b'<release id="112" status="Draft"><title/></release>', "status Draft"),
    ],
)
def test_what_is_no_release_says_why(piece: bytes, problem: str) -> None:
    """Drafts, half elements, entities that nobody declared: one piece each."""
    with pytest.raises(BadPiece, match=problem):
        read_release(piece)


@pytest.mark.parametrize(
    ("title", "read_as"),
    [
        (b"Far\x00 Ast\x1bray", "Far Astray"),
        (b"Far&#0; Ast&#x1F;ray&#xFFFE;", "Far Astray"),
        (b"Far\xef\xbf\xbf Astray", "Far Astray"),
        (b"Caf\xe9", "Caf\ufffd"),
        (b"Half \xe2\x82", "Half \ufffd"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"&#233;t&#xE9;", "été"),
    ],
)
def test_what_xml_or_utf8_do_not_have_costs_no_record(title: bytes, read_as: str) -> None:
    """It is left out or replaced, and the release counts as repaired; good references stay."""
    found = read_release(b'<release id="1"><title>%b</title></release>' % title)
    assert found.body["title"] == read_as
    assert found.is_repaired == (b"#233" not in title)


@given(st.binary(max_size=60))
def test_no_bytes_stop_a_dump(noise: bytes) -> None:
    """Whatever stands in a piece, it is a release or says why not."""
    try:
        found = read_release(b'<release id="1"><title>' + noise + b"</title></release>")
    except BadPiece as error:
        assert str(error)
    else:
        assert found.body["id"] == 1


@pytest.mark.parametrize(
    ("inner", "is_wanted"),
    [
        ("<genres><genre>Stage &amp; Screen</genre></genres>", True),
        ("<genres><genre>Stage &#38; Screen</genre></genres>", True),
        ("<genres><genre><![CDATA[Stage & Screen]]></genre></genres>", True),
        ("<styles><style>House</style><style>Soundtrack</style></styles>", True),
        ("<styles><style>\n Soundtrack </style></styles>", True),
        ("<styles><style><![CDATA[Soundtrack]]></style></styles>", True),
        ("<title>Soundtrack</title>", False),
        ("<title>Stage &amp; Screen</title>", False),
        ("<notes>No Soundtrack at all</notes>", False),
        ("<new><styles><style>Soundtrack</style></styles></new>", False),
    ],
)
def test_genre_and_style_decide_what_is_wanted(inner: str, is_wanted: bool) -> None:
    """The cheap look at the bytes misses none of them, and the release's own genres and styles have the last word."""
    text = f'<release id="1">{inner}</release>'
    assert read(text).is_wanted == is_wanted
    assert may_be_wanted(text.encode(), 0, len(text.encode())) or not is_wanted
