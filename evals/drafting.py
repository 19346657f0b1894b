"""A suite to fill in: questions drafted by rule from the user's own library, to be read and corrected by a person.

No model is asked. Questions come from what titles and sentences announce: a method's name ("Tern: …"), what "we
propose" or "we find that", a result with a number. What a library cannot answer is drafted too: details whose words an
abstract lacks, everyday matters, names that nobody has. Each line is marked ``"draft": true``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from evals.suite import load_suite
from rag.answering.offers import offers
from rag.answering.subjects import LEADS, Subject, subjects, telling
from rag.client.client import Client
from rag.errors import InputError, StorageError, UsageError
from rag.settings import settings
from rag.text.words import content_words, stem, stems
from rag.types import Paper, Sentence

NAMED, IDEAS, TITLED, DETAILS, OFF_TOPIC, UNKNOWN, DIALOGUES = 12, 10, 4, 4, 3, 2, 2
"""How many questions of each kind are drafted at most; titles are asked about only where names and ideas are few."""
Row = dict[str, Any]

_PROPOSES = re.compile(
    rf"\b{LEADS} (?:here |also )?(propose|introduce|present|develop|design)s? (?:[A-Z][\w+-]*(?: \([^)]*\))?, )?"
    r"((?:an? |two |three ).+)"
)
_FINDS = re.compile(
    rf"\b{LEADS} (?:also |then )?(show|find|found|demonstrate|report|prove|conclude)(?:s|ed)? that (.+)"
)
_THIRD = {"found": "finds", "showed": "shows"}
_POINTS_BACK = re.compile(
    r"(?:it|its|this|these|those|they|their|our|we|such|both|the (?:proposed|latter|former|method|model|approach)|"
    r"by|in|on|at|to|as|for|with|under|using|through|during|when|after|upon|if|while|although|unlike|compared)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r",(?= (?:which|where|whereas|while|with|by|so|thus|thereby|as|but|even|although|despite|\w+(?:ed|ing))\b)|[;:]|"
    r"\.(?=\s|$)"
)
_ASIDE = re.compile(r" \([^()]{1,40}\)")
_CUT = re.compile(r" (?:that|which|whose|where|thereby|called|named|termed|while) ")
_POINTS_OUT = re.compile(
    r"\b(?:these|this|those|such|the (?:problems?|issues?|challenges?|limitations?))\b|[,\"“(]", re.IGNORECASE
)
_OWN_NAME = re.compile(r" [A-Z][\w-]*[A-Z][\w-]*$")
# What papers settle elsewhere, and what is asked about it; by the words that must be lacking.
_OF_MODELS = (
    ("Which optimiser is {} trained with?", "optimiser optimizer adam sgd"),
    ("What learning rate is used for {}?", "learning-rate rate"),
    ("How many GPUs does {} need for training?", "gpu hardware"),
    ("Which batch size is used for {}?", "batch size"),
)
_OF_STUDIES = (
    ("Who funded the work in “{}”?", "fund funded funding grant sponsor"),
    ("Which software was used for the statistics in “{}”?", "software package statistics"),
    ("Which ethics committee approved the study “{}”?", "ethics committee approved"),
    ("What licence is the data of “{}” under?", "licence license"),
)
_EVERYDAY = (
    "How long should sourdough rise before baking?",
    "Which visa does a tourist need for Japan?",
    "How do I stop a kitchen tap from dripping?",
    "What does it cost to have a violin restrung?",
    "Who won the first football world cup?",
    "When should roses be pruned?",
)  # fmt: skip
_INVENTED = ("Velorima", "Quantessa", "Brindlewax", "Ostravine")
_HEAD = """\
# Questions drafted by rule from the library, to be filled in. Nobody has read them: each line of questions.jsonl has
# "draft": true.
#
# Read each against its paper. Reword what gives itself away by the abstract's own words, complete the gold, drop what
# is silly, and take "draft" away from what you have checked. Then run: citewise eval {folder}
#
#   papers     the gold papers, by title or paper_id
#   evidence   the numbers of the gold sentences in each (citewise search --json shows them)
#   facts      what a right answer must contain: groups of accepted wordings
#   expect     answered, not_stated, not_covered, contradicted, small_talk
"""


def draft_suite(client: Client, folder: Path, library: str | None = None) -> int:
    """Writes a suite of drafted questions into a folder that is not there yet; gives their number.

    ``library`` is what suite.yaml calls the library. Raises UsageError (the folder is there), LibraryNotFound,
    InputError (nothing to ask about), StorageError.
    """
    if folder.exists():
        raise UsageError(f"{folder}: there already.", "Choose another folder; a suite is never written over.")
    rows = draft_questions(list(client.papers()), client.name)
    name = re.sub(r"[^\w-]+", "-", folder.resolve().name).strip("-") or "suite"
    sheet = _HEAD.format(folder=folder) + f"name: {json.dumps(name)}\nlibrary: {json.dumps(_called(client, library))}\n"
    try:
        folder.mkdir(parents=True)
        (folder / "suite.yaml").write_text(sheet, "utf-8")
        (folder / "questions.jsonl").write_text(
            "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8"
        )
    except OSError as error:
        raise StorageError(
            f"{folder}: a suite cannot be written here ({error.strerror or error}).", "Choose another place."
        ) from error
    return len(load_suite(folder).questions)


def draft_questions(papers: Sequence[Paper], library: str) -> list[Row]:
    """The lines of questions.jsonl. Raises InputError if the papers give nothing to ask about."""
    read = subjects(papers)
    kinds = {"named": list(islice(_named(read), NAMED)), "idea": list(islice(_ideas(read), IDEAS))}
    if len(kinds["named"]) + len(kinds["idea"]) < NAMED:
        kinds["titled"] = list(islice(_titled(read), TITLED))
    if not any(kinds.values()):
        raise InputError(
            f"{library}: {len(papers)} papers, and no question could be drafted from their abstracts.",
            "Index more papers with: citewise index FILE; or write the suite by hand.",
        )
    known = frozenset().union(*(r.held for r in read))
    kinds |= {
        "not_stated": list(islice(_details(read), DETAILS)),
        "off_topic": _everyday(known),
        "unknown_name": _unknown(known),
        "dialogue": list(islice(_dialogues(read), DIALOGUES)),
    }
    return [
        {"id": f"{kind}-{n:02}", "kind": kind, **row, "draft": True}
        for kind, rows in kinds.items()
        for n, row in enumerate(rows, 1)
    ]


def _row(one: Subject, question: str, evidence: Iterable[Sentence], fact_of: Sentence | None = None) -> Row:
    """A question that one paper answers."""
    fact = telling(fact_of.text) if fact_of else ""
    row: Row = {"question": question, "papers": [one.paper.title], **({"facts": [[fact]]} if fact else {})}
    return row | {"evidence": {one.paper.title: sorted({s.number for s in evidence})}}


# --- questions that papers answer -------------------------------------------------------------------------------------


def _named(read: Sequence[Subject]) -> Iterator[Row]:
    """About papers with a name, taking turns: what it is, what came out, how it works, whether there is code."""
    makers = (_what_is, _what_came_out, _how_it_works, _is_there_code)
    turn = 0
    for one in (r for r in read if r.name):
        for maker in (*makers[turn:], *makers[:turn]):
            if row := maker(one):
                turn = (makers.index(maker) + 1) % len(makers)
                yield row
                break


def _what_is(one: Subject) -> Row | None:
    said = one.introduction
    return _row(one, f"What is {one.name}?", [said]) if said else None


def _what_came_out(one: Subject) -> Row | None:
    found = one.results
    return (
        _row(one, f"What results does {one.name} achieve?", found, found[0])
        if found and (telling(found[0].text) or one.name in found[0].text)
        else None
    )


def _how_it_works(one: Subject) -> Row | None:
    return _row(one, f"How does {one.name} work?", one.method) if len(one.method) > 1 else None


def _is_there_code(one: Subject) -> Row | None:
    told = [
        s
        for s in one.sentences
        if re.search(r"\bcode\b", s.text) and "link" in offers(s.text) and re.search("avail|releas|http|open", s.text)
    ]
    return _row(one, f"Is the code of {one.name} available?", told) if told else None


def _ideas(read: Sequence[Subject]) -> Iterator[Row]:
    """Which paper proposes or finds what a sentence says, without its name."""
    for one in read:
        for sentence in one.sentences:
            if question := _idea(sentence.text, one.name):
                row = _row(one, question, [sentence])
                yield row | ({"facts": [[one.name]]} if one.name and one.name in sentence.text else {})
                break


def _idea(sentence: str, name: str) -> str:
    for pattern in (_PROPOSES, _FINDS):
        found = pattern.search(sentence)
        if not found:
            continue
        what = _ENDS.split(_ASIDE.sub("", found[2]))[0].strip()
        what = _OWN_NAME.sub("", _CUT.split(what)[0]) if pattern is _PROPOSES else what
        long_enough = 5 <= len(what.split()) <= 24 and len(content_words(what)) >= 4
        if (
            long_enough
            and not _POINTS_BACK.match(what)
            and not (name and name in what)
            and not _POINTS_OUT.search(what)
        ):
            verb = found[1].lower()
            return f"Which paper {_THIRD.get(verb, verb + 's')} {'that ' if pattern is _FINDS else ''}{what}?"
    return ""


def _titled(read: Sequence[Subject]) -> Iterator[Row]:
    """What came out of papers that have no name."""
    for one in read:
        if not one.name and one.results and one.can_be_quoted:
            yield _row(one, f"What was found in “{one.title}”?", one.results, one.results[0])


# --- questions that they don't answer ---------------------------------------------------------------------------------


def _details(read: Sequence[Subject]) -> Iterator[Row]:
    """Details whose words the abstract lacks: of training where the library is about learning, else of how a study was
    done.
    """
    learning = sum(bool(r.held & {"learni", "neural", "traini"}) for r in read) * 2 > len(read)
    asked = _OF_MODELS if learning else _OF_STUDIES
    about = [r for r in reversed(read) if (r.name if learning else r.can_be_quoted)]
    for n, one in enumerate(about):
        question, words = asked[n % len(asked)]
        if not one.held & {stem(w) for w in content_words(words)}:
            yield {
                "question": question.format(one.name if learning else one.title),
                "papers": [one.paper.title],
                "expect": "not_stated",
            }


def _everyday(known: frozenset[str]) -> list[Row]:
    """The everyday questions of whose words the library has the fewest."""
    ranked = sorted(_EVERYDAY, key=lambda q: len(stems(q) & known))
    return [{"question": q, "expect": "not_covered"} for q in ranked[:OFF_TOPIC]]


def _unknown(known: frozenset[str]) -> list[Row]:
    asked = ("How does {} work?", "What results does {} report?")
    names = [n for n in _INVENTED if not stems(n) & known]
    return [{"question": q.format(n), "expect": "not_covered"} for q, n in zip(asked, names[:UNKNOWN], strict=False)]


def _dialogues(read: Sequence[Subject]) -> Iterator[Row]:
    """What a paper with a name proposes, what came out of it, and thanks."""
    for one in reversed(read):
        if one.name and one.introduction and one.results and telling(one.results[0].text):
            first = _row(one, f"What is {one.name}?", [one.introduction])
            second = _row(one, "And what came out of the experiments with it?", one.results, one.results[0])
            yield {"turns": [first, second, {"question": "Thanks, that helps.", "expect": "small_talk"}]}


def _called(client: Client, library: str | None) -> str:
    """What suite.yaml calls the library: its name, or the whole path of one that is kept elsewhere."""
    name = library or settings().library or "default"
    return client.name if any(mark in name for mark in "/\\") or name.startswith((".", "~")) else name
