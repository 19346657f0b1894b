"""What exactly a question asks, beside what it only mentions, and whether the likeliest sentences offer such a thing; pure.

"Which robot ran RePo in the navigation with noisy TVs?" shares all words with a sentence that names no robot, so likeness is not enough.
A question for a thing of a kind is answered where something of that kind stands that the question does not have already: a name, a list,
a number that counts it. The figures go into :mod:`rag.verdict`'s model, which weighs them with all others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.asking import offers
from rag.quantities import Amount, amounts
from rag.topics import missing_topics
from rag.words import content_words, is_content, stem, stems

if TYPE_CHECKING:
    from rag.retrieval import Found, Question

FOCUS_FIGURES = (
    "is_count", "is_amount", "is_what_if", "is_how", "is_which", "top_least", "uncovered", "lacking",
    "count_missing", "count_near", "amount_number", "amount_missing", "named_missing", "bare", "which_names",
    "which_uncovered", "compared", "condition", "condition_uncovered", "whether_least", "how_uncovered", "why_told", "why_lacking",
    "why_least", "topics_missing", "topics_whether",
)  # fmt: skip
READ = 3
"""Of the paper's sentences, the likeliest so many are read."""
_FAR, _ALIKE = 0.5, 0.55
"""A question's word whose best match is below the first is not there, even in sense; above the second it is, in other words."""
_IN_TITLE = 0.15
"""What a question's word weighs that the title has too: it tells the paper, not what is asked."""
_FLAGS = re.IGNORECASE
_COUNT = re.compile(r"\bhow many\b|(?:^|\bwhat (?:is|was) the |\bwhat |\bwhich )(?:number|count) of\b", _FLAGS)
_MEASURE = re.compile(r"\bhow many (?:times|minutes|hours|days|months|years|seconds|points|percent\w*)\b", _FLAGS)
_AMOUNT = re.compile(
    r"\b(?:by )?how (?:much|long|often|far|large|big|high|fast|wide|heavily|close|small|low|quickly|deep|strongly|well|accurate\w*|little|"
    r"few)\b|\bafter how\b|\bexact\w* (?:figures?|scores?|numbers?)\b|\bnumerically\b|\b(?:in|what|which) percent",
    _FLAGS,
)
_MEASURED = re.compile(
    r"accuracy|scores?|rates?|percent\w*|fraction|share|margin|sizes?|speed|factor|values?|proportion|r|weight|gain|improvement|length|"
    r"dimension|frequency|resolution|horizon|cutoff|threshold|costs?|delay|price|counts?|ratio|perplexity|grade|depth|rank|coefficient|"
    r"parameter|budget|temperature|footprint",
    _FLAGS,
)
_TIME = re.compile(r"\bhow long\b|\bhow quick|\btime\b|\bminutes|\bhours|\bdays", _FLAGS)
_WHAT_IF = re.compile(r"\bwhat (?:happens|would happen|changes|becomes)\b|\bhow (?:well )?would\b", _FLAGS)
_WHY = re.compile(r"\bwhy\b|\bhow come\b|\bfor what reason", _FLAGS)
_HOW = re.compile(r"\bhow (?:is|are|was|were|do|does|did|can|could|exactly)\b|\bin what way\b", _FLAGS)
_WHETHER = re.compile(r"(?:^|[,:;] (?:and |but )?)(?:do|does|did|is|are|was|were|can|could|will|would|has|have|had|should|may)\b", _FLAGS)
_OPENS = (
    r"(?:^|[,:;?] |\b(?:and|or|but|tell me|compared (?:to|with)) )"
    r"(?:(?:in|on|at|of|for|from|to|with|by|under|across|against|over|through|among) )?"
)
"""Where a question may begin; elsewhere "which" only goes on about what was named."""
_WHICH = re.compile(_OPENS + r"which\b", _FLAGS)
_PHRASE = re.compile(
    _OPENS + r"(?:exactly )?(?:which|what|whose)(?! of\b)\s+(?:(?:kinds?|sorts?|types?|set|part)\s+of\s+)?"
    r"(?:(?:is|are|was|were)\s+(?:the|its|their)\s+)?(?:the\s+)?((?:[\w'@^.-]+\s*){1,7})|"
    r"\b(?:how (?:many|much)|number of)\s+(?:of\s+)?(?:the\s+)?((?:[\w'@^.-]+\s*){1,6})",
    _FLAGS,
)
_ASKS = re.compile(_OPENS + r"(?:exactly )?(?:which|what|whose|how|why|who|where)\b", _FLAGS)
_KIND_OF = re.compile(r"\b(?:which|what) (?:kinds?|sorts?|types?) of\b|\bwhose\b", _FLAGS)
_VERB = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must|be|been|happens?|gives?|makes?|takes?|took|"
    r"serves?|plays?|writes?|uses?|run|ran|drew|made|built|tells?|shows?|lets?|goes|go|come|keeps?|acts?|lies?|"
    r"(?!speed|seed|need|feed|hundred|embed)[a-z]{2,}[^e\W]ed)",
    _FLAGS,
)
_NAMED = re.compile(
    r"data ?sets?|corpus|corpora|benchmarks?|suites?|robots?|arms?|simulators?|engines?|kernels?|llms?|vlms?|models?|backbones?|"
    r"algorithms?|baselines?|librar(?:y|ies)|optimi[sz]ers?|languages?|universit\w+|games?|environments?|tools?|websites?|shops?|domains?|"
    r"platforms?|methods?|approach(?:es)?|implementations?|organi[sz]ations?|institut\w+|companies|countr\w+|architecture|retrievers?|simulations?",
    _FLAGS,
)
"""Things that have names, so that "which" asks for one."""
_SHAPED = re.compile(r"[a-z][A-Z]|[A-Z]{2}|[A-Za-z]\d|\d[A-Za-z]")
_TOKEN = re.compile(r"[^\W_]+")
_GENERAL = frozenset(
    "rl drl llm llms vlm vlms lm lms mbrl mdp mdps rlhf sft ai ml nn nns sota dl plm plms lvlm lvlms mllm mllms we the our this in on to "
    "it its for by as with these experiments results code id ood".split()
)
"""Written like names, and no answer to which."""
_VAGUE = frozenset(
    "several some certain various many multiple different few wide range variety series state art sota strong popular existing recent "
    "challenging number novel new diverse typical other previous prior standard important common distinct main key complex general "
    "practical large small good best extensive two three four five six seven eight nine ten show shown demonstrate demonstrated "
    "experiments results method methods propose proposed authors significantly better".split()
)
"""Says of a thing no more than that there is one."""
_LIST = re.compile(
    r"[^.;,(]{0,40}:|\s*(?:[\w-]+\s+){0,2}(?:,?\s*(?:such as|including|namely|like|e\.g|called|among them|ranging|from \w+|where|"
    r"(?:in|on|by) which|(?:that|which) (?:include|comprise|consist|are)|are|is)\b|\(|[–—]|"
    r",\s(?!(?:with|it|which|where|that|they|its|while|but|so|as|using|and|or|we|a|an|the)\b)[^,;.]{2,60}(?:,[^,;.]{2,60})*,? and )"
)
"""Behind a noun, what tells which of its kind is meant."""
_CONDITION = re.compile(
    r"\b(?:if|when|even if|unless|without|instead of|rather than|besides|other than|beyond|more than|once)\b(.*?)(?:[,?;:]|$)", _FLAGS
)
_NUMBERED = re.compile(r"\d+|two|three|four|five|six|seven|eight|nine|ten|twelve", _FLAGS)
_COMPARED = re.compile(
    r"\bwhich (?:one )?of\b.*\b(?:best|better|worst|worse|larger|largest|most|more|least|less|hardest|easiest|fastest|stronger)\b|"
    r"\b(?:turned out|does|performs?|works?|gives? the|suffers?) (?:\w+ ){0,3}(?:best|better|hardest|least|most|larger)\b",
    _FLAGS,
)


@dataclass(frozen=True)
class Asked:
    """A question taken apart. ``kind``: "count", "amount", "what_if", "why", "how", "which", "whether", or "" where nothing tells;
    ``phrase``: the content words of the thing that is asked for by which, what or how many, its noun last; ``condition``: the content
    words of what is supposed ("if …", "without …").
    """

    kind: str
    phrase: tuple[str, ...]
    condition: tuple[str, ...]

    @property
    def noun(self) -> str:
        return self.phrase[-1] if self.phrase and not _NUMBERED.fullmatch(self.phrase[-1]) else ""

    @property
    def wants_a_name(self) -> bool:
        return self.kind == "which" and bool(_NAMED.fullmatch(self.noun))


def asked(question: str) -> Asked:
    """Takes a question apart."""
    phrase = next(filter(None, (_until_verb(m.group(1) or m.group(2)) for m in _PHRASE.finditer(question))), ())
    condition = tuple(w for m in _CONDITION.finditer(question) for w in content_words(m.group(1)))
    return Asked(_kind(question, phrase), phrase, condition)


def _kind(question: str, phrase: Sequence[str]) -> str:
    measure, count = _MEASURE.search(question), _COUNT.search(question)
    if _WHETHER.match(question) and (measure or not count):
        return "whether"
    tests = (("count", not measure and count), ("what_if", _WHAT_IF.search(question)), ("amount", measure or _AMOUNT.search(question)))
    for kind, told in (*tests, ("why", _WHY.search(question)), ("how", _HOW.search(question))):
        if told:
            return kind
    if phrase and _MEASURED.fullmatch(phrase[-1]):
        return "amount"
    if phrase or _WHICH.search(question):
        return "which"
    return "whether" if _WHETHER.search(question) else ""


def is_verb(word: str) -> bool:
    """Whether a word is one of the verbs that follow what is asked for by name, by its looks."""
    return bool(_VERB.fullmatch(word))


def _until_verb(words: str) -> tuple[str, ...]:
    """The content words of a noun phrase, up to the first verb, function word or mark, or to a noun that things with names have."""
    found: list[str] = []
    for word in words.split():
        plain = word.strip("?.,'").lower()
        named = bool(found) and bool(_NAMED.fullmatch(found[-1])) and not _NAMED.fullmatch(plain)
        if named or is_verb(plain) or (found and not is_content(plain)):
            break
        found += content_words(word.removesuffix("'s"))
        if word[-1] in "?,.":
            break
    return tuple(found)


def focus_figures(question: Question, found: Found) -> dict[str, float]:
    """The figures of FOCUS_FIGURES, for a question with content words and the paper that is nearest to it."""
    parts, text = asked(question.text), question.text
    order = np.argsort(-found.likely, kind="stable")[:READ]
    sentences = [found.sentences[i].text for i in order]
    uncovered, table = _coverage(question, found, int(order[0]))
    is_how, is_why, is_whether = (float(parts.kind == kind) for kind in ("how", "why", "whether"))
    gaps = float(min(2, len(missing_topics(text, f"{found.passage.paper.title}. {found.passage.paper.abstract}"))))
    table |= {f"is_{kind}": float(parts.kind == kind) for kind in ("count", "amount", "what_if", "how", "which")}
    table |= _numbers(parts, question, found, sentences) | _names(parts, question, found, sentences)
    table |= {
        "which_uncovered": table["is_which"] * uncovered, "how_uncovered": is_how * uncovered,
        "whether_least": is_whether * table["top_least"], "why_least": is_why * table["top_least"],
        "why_lacking": is_why * table["lacking"], "why_told": is_why * ("reason" in offers(sentences[0])),
        "condition": float(bool(parts.condition)), "condition_uncovered": 1 - _met(parts, question, found),
        "compared": float(bool(_COMPARED.search(text))), "topics_missing": gaps, "topics_whether": is_whether * gaps,
    }  # fmt: skip
    return {name: float(table[name]) for name in FOCUS_FIGURES}


def _coverage(question: Question, found: Found, top: int) -> tuple[float, dict[str, float]]:
    """How much of a question, by weight, the sentence ``top`` does not cover; and the figures of what the paper does not."""
    title = stems(found.passage.paper.title)
    held = title | stems(found.passage.paper.abstract)
    in_title = np.array([stem(w) in title for w in question.words])
    lacking = np.array([stem(w) not in held for w in question.words])
    weight = np.where(in_title, _IN_TITLE, 1.0) * np.array([question.idf[w] for w in question.words])
    weight /= max(float(weight.sum()), 1e-9)
    asked_for = found.matches[top][~in_title] if not in_title.all() else found.matches[top]
    return float(weight[found.matches[top] < _FAR].sum()), {
        "top_least": float(np.sort(asked_for)[:2].mean()), "uncovered": float(weight[found.coverage < _FAR].sum()),
        "lacking": float(weight[lacking].sum()),
    }  # fmt: skip


def _met(parts: Asked, question: Question, found: Found) -> float:
    """How well the sentence that has most of what a question supposes covers it, the title's words aside; 1 if it supposes nothing."""
    title = stems(found.passage.paper.title)
    at = [k for k, w in enumerate(question.words) if w in parts.condition and stem(w) not in title]
    return float(found.matches[:, at].mean(axis=1).max()) if at else 1.0


def _numbers(parts: Asked, question: Question, found: Found, sentences: Sequence[str]) -> dict[str, float]:
    count, amount = parts.kind == "count", parts.kind == "amount"
    near = _counted(parts, question, found) if count and parts.phrase else 0.0
    given = {a.low for a in amounts(question.text)}
    in_time = bool(_TIME.search(question.text))
    fits = [any(a.low not in given and _fits(a, in_time) for a in amounts(s)) for s in sentences]
    told = any(re.search(r"\borders? of magnitude|\bcomparabl|\bconstant\b|\blevel with", s.text) for s in found.sentences)
    return {
        "count_near": near, "count_missing": float(count and not near), "amount_number": float(amount and fits[0]),
        "amount_missing": float(amount and not any(fits) and not told),
    }  # fmt: skip


def _counted(parts: Asked, question: Question, found: Found) -> float:
    """How surely a sentence counts what is asked for: 1 for a new number right before it, less where only its sense is near a number."""
    phrase, given = {stem(w) for w in parts.phrase}, {a.low for a in amounts(question.text)}
    at = [k for k, w in enumerate(question.words) if w in parts.phrase]
    best = 0.0
    for matches, sentence in zip(found.matches, found.sentences, strict=True):
        for number in (a for a in amounts(sentence.text) if a.low not in given and _counts(a, sentence.text)):
            following = re.split(r"[.,;:()]\s", sentence.text[number.end : number.end + 60])[0]
            behind = {stem(w) for w in content_words(following)[:4]}
            in_sense = bool(at) and float(matches[at].min()) > _ALIKE and not (number.in_words and number.low == 1)
            best = max(best, len(phrase & behind) / len(phrase), 0.5 * in_sense)
    return best


def _counts(amount: Amount, text: str) -> bool:
    """Whether a number may count things: "12 nests", "97 % of nests", "half of the nests"."""
    return amount.unit in ("", "month") or (amount.unit in ("%", "times") and text.startswith(" of ", amount.end))


def _fits(amount: Amount, in_time: bool) -> bool:
    """Whether a number may be the amount that is asked for: a time for a time, else a measure, a share, a decimal or more than a few."""
    if amount.in_words and amount.low == 1:
        return False
    if in_time:
        return amount.unit in ("s", "month")
    return amount.unit not in ("s", "month") and (bool(amount.unit) or "." in amount.text or amount.low > 9)


def _names(parts: Asked, question: Question, found: Found, sentences: Sequence[str]) -> dict[str, float]:
    """Whether the sentences name what "which" asks for, or only say that there is such a thing (it stands there *bare*)."""
    which = parts.kind == "which"
    known = stems(question.text) | stems(found.passage.paper.title)
    initials = "".join(w[0] for w in question.words)
    new = [w for w in _new(sentences[0], known) if _is_name(w, initials)]
    places = [place for s in sentences for place in _places(s, parts.noun, known, initials)] if which and parts.noun else []
    in_first = stem(parts.noun) in stems(sentences[0])
    named = sum(place.names for place in places) + (0 if in_first else len(new))
    single = len(_ASKS.findall(question.text)) < 2 and not _KIND_OF.search(question.text)
    bare = single and in_first and bool(places) and not any(place.names or place.listed or place.qualified for place in places)
    return {
        "named_missing": float(parts.wants_a_name and not named and not any(place.listed for place in places)),
        "bare": float(bare and parts.noun.endswith("s") and not parts.noun.endswith("ss")),
        "which_names": which * min(len(new), 4) / 4,
    }  # fmt: skip


@dataclass(frozen=True)
class _Place:
    """Where a noun stands in a sentence: how many new names are near it, whether a list or an explanation follows, and whether new words
    that say something stand right before it.
    """

    names: int
    listed: bool
    qualified: bool


def _places(sentence: str, noun: str, known: frozenset[str], initials: str) -> list[_Place]:
    found = []
    for clause in re.split(r";\s", sentence):
        words = [m for m in _TOKEN.finditer(clause) if is_content(m.group())]
        fresh = [stem(m.group().lower()) not in known and m.group().lower() not in _VAGUE for m in words]
        names = [_is_name(m.group() if m.start() or _SHAPED.search(m.group()) else m.group().lower(), initials) for m in words]
        for k, word in enumerate(words):
            if stem(word.group().lower()) == stem(noun):
                near = range(max(0, k - 4), min(k + 7, len(words)))
                listed = bool(_LIST.match(clause[word.end() :]))
                before = k
                while before and re.fullmatch(r"[-\s]", clause[words[before - 1].end() : words[before].start()]):
                    before -= 1
                found.append(_Place(sum(names[j] and fresh[j] for j in near), listed, any(fresh[before:k])))
    return found


def _new(sentence: str, known: frozenset[str]) -> list[str]:
    """The content words of a sentence that neither question nor title has, as written; an opening capital is none."""
    words = [m for m in _TOKEN.finditer(sentence) if is_content(m.group()) and stem(m.group().lower()) not in known]
    return [m.group() if m.start() or _SHAPED.search(m.group()) else m.group().lower() for m in words]


def _is_name(word: str, initials: str) -> bool:
    """Whether a word is written like a name, and is no abbreviation of what the question says itself (its words' ``initials``)."""
    if word.lower() in _GENERAL or not (word[0].isupper() or _SHAPED.search(word)):
        return False
    short = word.removesuffix("s")
    return not (len(short) > 1 and short.isupper() and short.lower() in initials)
