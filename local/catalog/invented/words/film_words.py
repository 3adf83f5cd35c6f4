"""Word lists of the invented titles: nouns in eight languages, and what English adds."""

from __future__ import annotations


def _listed(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


LANGUAGES = ("en", "fr", "de", "es", "it", "ja", "ko", "ru")

# Each row is one thing, with its article where the language has one: en fr de es it ja ko ru.
_NOUN_ROWS = """
The Night|La Nuit|Die Nacht|La noche|La notte|夜|밤|Ночь
The Sea|La Mer|Das Meer|El mar|Il mare|海|바다|Море
The House|La Maison|Das Haus|La casa|La casa|家|집|Дом
The Wolf|Le Loup|Der Wolf|El lobo|Il lupo|狼|늑대|Волк
The Winter|L'Hiver|Der Winter|El invierno|L'inverno|冬|겨울|Зима
The Summer|L'Été|Der Sommer|El verano|L'estate|夏|여름|Лето
The Bridge|Le Pont|Die Brücke|El puente|Il ponte|橋|다리|Мост
The Garden|Le Jardin|Der Garten|El jardín|Il giardino|庭|정원|Сад
The Letter|La Lettre|Der Brief|La carta|La lettera|手紙|편지|Письмо
The Stranger|L'Inconnu|Der Fremde|El extraño|Lo straniero|異邦人|이방인|Незнакомец
The Mirror|Le Miroir|Der Spiegel|El espejo|Lo specchio|鏡|거울|Зеркало
The River|La Rivière|Der Fluss|El río|Il fiume|川|강|Река
The Train|Le Train|Der Zug|El tren|Il treno|列車|기차|Поезд
The Fire|Le Feu|Das Feuer|El fuego|Il fuoco|炎|불|Огонь
The Shadow|L'Ombre|Der Schatten|La sombra|L'ombra|影|그림자|Тень
The Dream|Le Rêve|Der Traum|El sueño|Il sogno|夢|꿈|Сон
The Road|La Route|Die Straße|El camino|La strada|道|길|Дорога
The Island|L'Île|Die Insel|La isla|L'isola|島|섬|Остров
The Moon|La Lune|Der Mond|La luna|La luna|月|달|Луна
The Storm|L'Orage|Der Sturm|La tormenta|La tempesta|嵐|폭풍|Буря
The Secret|Le Secret|Das Geheimnis|El secreto|Il segreto|秘密|비밀|Тайна
The City|La Ville|Die Stadt|La ciudad|La città|街|도시|Город
The Child|L'Enfant|Das Kind|El niño|Il bambino|子供|아이|Ребёнок
The Window|La Fenêtre|Das Fenster|La ventana|La finestra|窓|창문|Окно
The Snow|La Neige|Der Schnee|La nieve|La neve|雪|눈|Снег
The Song|La Chanson|Das Lied|La canción|La canzone|歌|노래|Песня
The War|La Guerre|Der Krieg|La guerra|La guerra|戦争|전쟁|Война
The Angel|L'Ange|Der Engel|El ángel|L'angelo|天使|천사|Ангел
The Forest|La Forêt|Der Wald|El bosque|La foresta|森|숲|Лес
The Silence|Le Silence|Die Stille|El silencio|Il silenzio|沈黙|침묵|Тишина
The Star|L'Étoile|Der Stern|La estrella|La stella|星|별|Звезда
The Rain|La Pluie|Der Regen|La lluvia|La pioggia|雨|비|Дождь
The King|Le Roi|Der König|El rey|Il re|王|왕|Король
The Thief|Le Voleur|Der Dieb|El ladrón|Il ladro|泥棒|도둑|Вор
The Teacher|Le Maître|Der Lehrer|El maestro|Il maestro|先生|선생님|Учитель
The Border|La Frontière|Die Grenze|La frontera|Il confine|国境|국경|Граница
The Lighthouse|Le Phare|Der Leuchtturm|El faro|Il faro|灯台|등대|Маяк
The Wedding|Le Mariage|Die Hochzeit|La boda|Il matrimonio|結婚式|결혼식|Свадьба
The Journey|Le Voyage|Die Reise|El viaje|Il viaggio|旅|여행|Путешествие
The Memory|Le Souvenir|Die Erinnerung|El recuerdo|Il ricordo|記憶|기억|Память
"""  # noqa: RUF001 - Russian
NOUNS = tuple(tuple(row.split("|")) for row in _NOUN_ROWS.strip().splitlines())

# Two nouns joined, a noun and a place, and a noun alone, in the order of LANGUAGES.
PAIR_FORMS = (
    "{a} and {b}",
    "{a} et {b}",
    "{a} und {b}",
    "{a} y {b}",
    "{a} e {b}",
    "{a}と{b}",
    "{a} 그리고 {b}",
    "{a} и {b}",
)
PLACE_FORMS = (
    "{a} in {p}",
    "{a} à {p}",
    "{a} in {p}",
    "{a} en {p}",
    "{a} a {p}",
    "{p}の{a}",
    "{p}의 {a}",
    "{a} в {p}",
)
PART_WORDS = ("Part", "Partie", "Teil", "Parte", "Parte", "第", "제", "Часть")

_PLACE_STARTS = _listed(
    "Val Mor Cal Bel Tor San Hav Lin Ost Ker Mar Al Rav Dun Vel Nor Par Sil Ten Gal "
    "Bor Cas Dra Fal Gre Hol Jas Kal Lor Mel Nes Orl Pel Quin Ros Sel Tam Ulm Ver Wes"
)
_PLACE_ENDS = _listed(
    "mora vento stad bruck ville haven dale ona ista ovo heim lund mere ford ario escu anka ira ota uz "
    "wick bury gard mark stein polis avia enza"
)
PLACES = tuple(start + end for start in _PLACE_STARTS for end in _PLACE_ENDS)

ADJECTIVES = _listed(
    "Silent Broken Last Crimson Hidden Burning Frozen Golden Lost Hollow Restless Distant Savage Perfect Little Wild "
    "Empty Electric Bitter Gentle Midnight Paper Iron Velvet Crooked Sacred Foolish Northern Southern Blind Quiet "
    "Painted Second Endless Secret Wicked Blue Scarlet Invisible Stolen Forgotten Reckless Tender Dark Brave Ordinary "
    "Magnificent Lonely Final Emerald"
)
THINGS = _listed(
    "Harbor Orchard Detective Orchestra Kingdom Promise Country Voyage Sparrow Heart Window Dancer Machine Empire "
    "Summer Highway Lantern Stranger Courage Masquerade Pilgrim Horizon Serenade Cathedral Gambler Widow Soldier Comet "
    "Compass Carnival Signal Prophet Oath Reckoning Valley Tide Pirate Gardener Station Verdict Alibi Inheritance "
    "Lighthouse Witness Circus Harvest Crossing Daughter Brother Ghost Hunter Sailor Doctor Ranger Waltz Mirage "
    "Labyrinth Fugitive Monsoon Avalanche"
)
ACTIONS = _listed(
    "Chasing|Finding|Losing|Saving|Waiting for|Running from|Breaking|Leaving|Counting|Dreaming of|Burying|Stealing|"
    "Forgiving|Remembering|Hunting|Raising|Trusting|Following",
    "|",
)
NUMBERS = _listed("Two Three Four Five Six Seven Nine Ten Twelve Thirteen Twenty Forty Hundred")
SINGLES = _listed(
    "Overture Aftermath Undertow Vertigoland Nocturne Backlash Driftwood Homecoming Outlander Stardrift Snowblind "
    "Ironclad Daybreak Cinderfall Heatwave Blackwater Rainmaker Moonrise Landslide Thunderhead Wildfire Afterglow "
    "Dead-End Freefall Hushland Quicksand Sundown Understudy Whiteout Zero-Sum"
)
KEYWORDS = _listed(
    "small town,lost letter,road trip,heist,father and son,first love,amnesia,time loop,train journey,sea voyage,"
    "orphan,boxing,jazz club,space station,haunted house,spy,revenge,wedding,snowstorm,courtroom,robot,dance,"
    "undercover,migration,lighthouse,chess,desert,island,war hero,friendship,coming of age,detective,circus,"
    "artificial mind,inheritance,rivalry,mountain climbing,secret identity,pirates,opera singer,family reunion,"
    "monster,treasure,kidnapping,school,dystopia,summer camp,fake marriage,long lost sister,rescue mission",
    ",",
)
ROLES = _listed(
    "retired pilot,young violinist,disgraced detective,night nurse,lighthouse keeper,runaway heiress,tired smuggler,"
    "village teacher,chess prodigy,stubborn widow,radio host,war photographer,circus acrobat,small-time forger,"
    "station master,marine biologist,court clerk,taxi driver,reluctant king,clockmaker",
    ",",
)
EVENTS = _listed(
    "finds a letter that was never sent,loses everything in one night,is accused of a crime nobody saw,"
    "takes the last train out of {p},must cross the border before dawn,hears a song from a forgotten summer,"
    "inherits a house by the sea,is followed home by a stranger,wakes up ten years later,returns to {p} for a funeral",
    ",",
)
TURNS = _listed(
    "The truth lies closer than anyone thinks.|Nobody in {p} will talk.|An old friend offers a dangerous way out.|"
    "Time is running out.|What begins as a lie becomes a life.|Only a child knows what happened.|"
    "The past has other plans.|The price is higher than it seems.|And the winter has only begun.",
    "|",
)
OPINIONS = _listed(
    "A patient film that earns its ending.|The score alone is worth the ticket.|Long, loud and oddly moving.|"
    "I wanted to like it more than I did.|Wonderful faces, a thin story.|It stays with you for days.|"
    "Half an hour too long, but what a finale.|The best thing its director has made.",
    "|",
)
TAGLINES = _listed(
    "Nothing stays buried.|Every road ends somewhere.|Listen closely.|One night. No way back.|Home is a rumour.",
    "|",
)
STUDIOS = _listed(
    "Lanternworks Pictures,Northquay Films,Blue Heron Studio,Atelier Corvin,Studio Kazemori,Valmora Film,"
    "Redbrick Entertainment,Cine Aurora,Silverlode Pictures,Hanbit Film,Osthaven Film,Third Reel",
    ",",
)
CUES = _listed(
    "Main Title,Arrival,The Letter,Night Drive,A Quiet Room,Pursuit,First Snow,The Bridge,Old Friends,Confession,"
    "Waltz,Across the Water,Betrayal,Lullaby,The Long Road,Storm Coming,Farewell,Finale,End Credits,Elegy",
    ",",
)

GENRES = (
    (28, "Action"), (12, "Adventure"), (16, "Animation"), (35, "Comedy"), (80, "Crime"), (99, "Documentary"),
    (18, "Drama"), (10751, "Family"), (14, "Fantasy"), (36, "History"), (27, "Horror"), (10402, "Music"),
    (9648, "Mystery"), (10749, "Romance"), (878, "Science Fiction"), (10770, "TV Movie"), (53, "Thriller"),
    (10752, "War"), (37, "Western"),
)  # fmt: skip
# Country code and name, the language's own name and its English one.
COUNTRIES = {
    "en": ("US", "United States of America", "English", "English"),
    "fr": ("FR", "France", "Français", "French"),
    "de": ("DE", "Germany", "Deutsch", "German"),
    "es": ("ES", "Spain", "Español", "Spanish"),
    "it": ("IT", "Italy", "Italiano", "Italian"),
    "ja": ("JP", "Japan", "日本語", "Japanese"),
    "ko": ("KR", "South Korea", "한국어", "Korean"),
    "ru": ("RU", "Russia", "Русский", "Russian"),
}
