"""What a record has beside what answers need, in the words of many programs -> :class:`~rag.types.Details`.

A detail that cannot be understood is left out, and the paper kept. Names of fields are folded, as in
:mod:`rag.library.readers.fields`; the formats' own names are translated by their readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise

from rag.library.readers.cleaning import clean_title, one_line
from rag.text.retractions import gravest, status_of_text, status_of_types, status_of_updates
from rag.types import Details, PaperKind, Status

NAMES: dict[str, tuple[str, ...]] = {
    "key": ("citationkey", "citekey", "bibtexkey", "key"),
    "kind": ("kind", "type", "itemtype", "documenttype", "publicationtype"),
    "date": ("date", "publicationdate", "published", "issued", "pubdate", "coverdate", "articledate", "year"),
    "language": ("language", "languageoforiginaldocument", "languages", "lang"),
    "volume": ("volume", "vol"),
    "issue": ("issue", "issuenumber", "journalissue"),
    "pages": ("pages", "page", "pagerange"),
    "tags": (
        "tags", "keywords", "keyword", "authorkeywords", "indexkeywords", "manualtags", "automatictags", "meshterms",
        "mesh", "subjects",
    ),
    "collections": ("collections", "groups"),
    "status": ("status", "isretracted", "retracted"),
    "zotero": ("zotero", "key"),
}  # fmt: skip
_MOST, _LONGEST = 500, 200
"""Tags of one paper, and characters of one."""
_KINDS: dict[PaperKind, str] = {
    "article-journal": "article journalarticle articlejournal jour journal jfull ejour mgzn magazinearticle periodical "
    "review letter note editorial shortsurvey articleinpress newspaperarticle news",
    "paper-conference": "inproceedings conference conferencepaper paperconference conf cpaper proceedings "
    "proceedingsarticle proceedingspaper conferenceproceedings conferencereview",
    "article": "preprint postedcontent manuscript unpublished unpb unpublishedwork",
    "book": "book mbook edbook ebook collection mvbook monograph wholebook editedbook referencebook",
    "chapter": "incollection inbook chapter chap echap booksection bookchapter booksection",
    "thesis": "thesis phdthesis mastersthesis mastersthesis thes dissertation",
    "report": "report techreport rprt technicalreport reportcomponent",
    "dataset": "dataset data database",
    "software": "software comp computerprogram",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_LANGUAGES = {
    "en": "eng english en-us en-gb american british usenglish ukenglish", "de": "ger deu german ngerman de-de",
    "fr": "fre fra french fr-fr", "es": "spa spanish es-es", "it": "ita italian", "pt": "por portuguese pt-br",
    "ru": "rus russian", "zh": "chi zho chinese zh-cn zh-tw", "ja": "jpn japanese", "ko": "kor korean",
    "nl": "dut nld dutch", "pl": "pol polish", "sv": "swe swedish", "da": "dan danish", "no": "nor norwegian",
    "fi": "fin finnish", "cs": "cze ces czech", "hu": "hun hungarian", "tr": "tur turkish", "ar": "ara arabic",
    "he": "heb hebrew", "fa": "per fas persian", "el": "gre ell greek", "uk": "ukr ukrainian", "hi": "hin hindi",
}  # fmt: skip
_CODE_OF = {name: code for code, names in _LANGUAGES.items() for name in [code, *names.split()]}
_KEY = re.compile(r"(?!(?:doi|arxiv|pmid|title|https?):|item-\d|[\W\d_]+$)[^\s,{}()=\"#%\\~']{1,200}", re.IGNORECASE)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_ZOTERO_KEY = re.compile(r"[A-Z0-9]{8}")
_ZOTERO = re.compile(
    r"(?:zotero://select/(?:(library)|groups/(\d+))|https?://(?:www\.)?zotero\.org/(?:(?!groups/)[^/\s]+(?:/[^/\s]+)?|"
    r"groups/(\d+)(?:/[^/\s]+)?))/items/([A-Z0-9]{8})(?:/.*)?"
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?![\d-])")
_YEAR_FIRST = re.compile(r"(\d{4}) ([A-Za-z]{3})[a-z]*\.?(?: (\d{1,2}))?\b")
_YEAR_LAST = re.compile(r"(?:(\d{1,2})\.? )?([A-Za-z]{3})[a-z]*\.?(?: (\d{1,2}))?,? (\d{4})\b")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NO_STUDY = (
    "journal article", "research support", "english abstract", "retract", "published erratum", "corrected", "preprint",
    "expression of", "historical article",
)  # fmt: skip
_PAGES = re.compile(r"\s*(?:--?|[–—‐‑])\s*")


def read_details(fields: Mapping[str, object], title: str, abstract: str, year: int | None) -> Details:
    """The details in a record of folded names; ``title``, ``abstract``, ``year``: as they were read."""
    values = {detail: [fields[name] for name in names if name in fields] for detail, names in NAMES.items()}
    kinds = [text for value in values["kind"] for text in _texts(value)]
    tags = _list(values["tags"])
    found = next((told for value in values["date"] if (told := read_date(value))), "")
    return Details(
        key=_first(values["key"], _key),
        kind=next((kind for text in kinds if (kind := read_kind(text))), ""),
        date=found if year and found.startswith(str(year)) else "",
        language=_first(values["language"], read_language),
        volume=_first(values["volume"], _short),
        issue=_first(values["issue"], _short),
        pages=_first(values["pages"], _pages) or _from_to(fields),
        tags=tags,
        collections=_list(values["collections"]),
        status=gravest(_statuses(fields, values["status"], [*kinds, *tags], title, abstract)),
        zotero=_first(values["zotero"], read_zotero),
    )


def read_kind(text: str) -> PaperKind:
    """What sort of work a type of some program means; "" where that is not known."""
    return _KIND_OF.get(re.sub(r"[\W_]+", "", text.casefold()), "")


def read_language(text: str) -> str:
    """``en`` of "eng", "English" or "en-US"; another code as it is, and "" of what is none."""
    told = text.strip().casefold().replace("_", "-")
    told = _CODE_OF.get(told, told.split("-")[0] if re.fullmatch(r"[a-z]{2}-[a-z]{2,4}", told) else told)
    return told if re.fullmatch(r"[a-z]{2,3}|[a-z]{4,30}", told) and told not in ("und", "mul", "zxx") else ""


def read_date(value: object) -> str:
    """``2021-03-05`` or ``2021-03`` out of a date in any notation; "" where no month is told."""
    if isinstance(value, Mapping):
        value = value.get("date-parts") or value.get("raw") or value.get("literal")
    while isinstance(value, list) and value and (isinstance(value[0], list) or (len(value) == 1)):
        value = value[0]
    if isinstance(value, list):
        value = "-".join(str(part) for part in value if part) if len(value) > 1 else None
    if not isinstance(value, str):
        return ""
    text = one_line(value)
    if match := _ISO.search(text):
        return _dated(match[1], match[2], match[3])
    if match := _YEAR_FIRST.match(text):
        return _dated(match[1], match[2], match[3])
    if match := _YEAR_LAST.search(text):
        return _dated(match[4], match[2], match[1] or match[3])
    return ""


def _dated(year: str, month: str, day: str | None) -> str:
    number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1 if month.lower() in _MONTHS else 0
    try:
        return date(int(year), number, int(day)).isoformat() if day else date(int(year), number, 1).isoformat()[:7]
    except ValueError:
        return ""


def heading(told: str) -> str:
    """``Heart Failure/*drug therapy`` -> ``Heart Failure``: a subject heading without its qualifiers and stars."""
    return told.partition("/")[0].strip("* ")


def study_types(types: Iterable[str]) -> list[str]:
    """Of PubMed's publication types those that people look for papers by, as tags: "Review", "Randomized Controlled
    Trial".
    """
    return [one for one in types if not one.casefold().startswith(_NO_STUDY)]


def read_zotero(text: str) -> str:
    """An address that opens an item in Zotero, out of one of the program or the web site, or an item's key."""
    text = text.strip()
    if _ZOTERO_KEY.fullmatch(text):
        return f"zotero://select/library/items/{text}"
    match = _ZOTERO.fullmatch(text)
    if match is None:
        return ""
    group = match[2] or match[3]
    return f"zotero://select/{f'groups/{group}' if group else 'library'}/items/{match[4]}"


def split_tags(text: str) -> list[str]:
    """Tags in one text: apart at semicolons, where there is one, else at commas; what stands in braces is one piece."""
    if text.startswith("[") and text.endswith("]"):  # a list that some program printed into a table
        return [single or double for single, double in _QUOTED.findall(text)] or split_tags(text[1:-1].strip("[] "))
    depth, marks = 0, list[int]()
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character in ";,\n" and depth <= 0:
            marks.append(at)
    separator = ";" if any(text[at] == ";" for at in marks) else ","
    cuts = [-1, *(at for at in marks if text[at] in (separator, "\n")), len(text)]
    return [text[start + 1 : end] for start, end in pairwise(cuts)]


def _list(values: Iterable[object]) -> tuple[str, ...]:
    """The names in one field or several, each once, as they stood."""
    found: dict[str, str] = {}
    for value in values:
        pieces = split_tags(value) if isinstance(value, str) else _texts(value)
        for piece in pieces:
            name = clean_title(piece).strip(" ;,")
            if 0 < len(name) <= _LONGEST and len(found) < _MOST:
                found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _texts(value: object) -> Iterator[str]:
    """A text, those of a list, or the name in each object of one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        names = ("tag", "display_name", "name", "keyword", "descriptorName", "value")
        yield from (text for name in names if isinstance(text := value.get(name), str))
    elif isinstance(value, list):
        for item in value:
            yield from list(_texts(item))[:1]


def _first(values: Iterable[object], read: Callable[[str], str]) -> str:
    """What ``read`` makes of the first text that it can make something of."""
    texts = (str(value) if isinstance(value, int) else text for value in values for text in [*_texts(value)] or [""])
    return next((found for text in texts if (found := read(text))), "")


def _key(text: str) -> str:
    text = text.strip()
    return text if _KEY.fullmatch(text) and not _ZOTERO_KEY.fullmatch(text) else ""


def _short(text: str) -> str:
    told = clean_title(text)
    return told if len(told) <= 40 else ""


def _pages(text: str) -> str:
    told = _PAGES.sub("-", clean_title(text)).removesuffix("-nan").strip(" -")
    first, _, last = told.partition("-")
    told = first if first == last else told
    return told if re.fullmatch(r"[\w.,:; -]{1,60}", told) else ""


def _from_to(fields: Mapping[str, object]) -> str:
    """Of tables that have a page in each of two columns."""
    first, last = (_first([fields[name]], _pages) if name in fields else "" for name in ("pagestart", "pageend"))
    return f"{first}-{last}" if first and last and first != last else first


def _statuses(
    fields: Mapping[str, object], told: Iterable[object], types: Iterable[str], title: str, abstract: str
) -> Iterator[Status]:
    yield status_of_text(title, abstract)
    yield status_of_types([*types, *(text for value in told for text in _texts(value))])
    yield "retracted" if any(value is True or value in ("True", "true", "TRUE") for value in told) else ""
    yield status_of_updates(_kinds_of(fields.get("updatedby")))
    # Crossref's update-to stands in the record of the notice
    is_notice = status_of_updates(_kinds_of(fields.get("updateto"))) in ("retracted", "withdrawn")
    yield "retraction notice" if is_notice else ""


def _kinds_of(updates: object) -> list[str]:
    listed = updates if isinstance(updates, list) else []
    return [str(update.get("type", "")) for update in listed if isinstance(update, Mapping)]
