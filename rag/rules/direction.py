"""Directions and roles of a written sentence, held against its evidence: more told as less, A beats B told as B beats A; pure.

A check takes the claim and the evidence (the cited sentences, one a line) and returns what is wrong as a clause for a person, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, takewhile

from rag.rules.contrast import BOUND, OF_A_KIND, contrast_agrees
from rag.rules.denial import EQUAL, WEAK
from rag.words import STOPWORDS, content_words, is_content, stem, stems

_NEAR = 200
"""How many characters around a word are looked at for what it belongs to."""
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_UP = r"""
    increas\w* rais(?:e[sd]?|ing) grow\w* grew more(?!\sthan) higher greater larger bigger amplif\w+ expand\w* widen\w* maximi[sz]\w+
    ris(?:e|es|ing) rose gain\w* boost\w* enlarg\w+ inflat\w+ longer lengthen\w* lift\w* doubl(?:e[sd]?|ing) twice improv\w+ better best
    enhanc\w+ outperform\w* surpass\w* exceed\w* superior beat\w* help\w* benefit\w* strengthen\w* stronger strongest faster speed\w*
    accelerat\w+ quick\w* above ahead overestimat\w+ encourag\w+ promot\w+ succeed\w* outweigh\w* high long longest frequent\w*
    add(?:s|ed|ing)? build\w* outdo\w* up"""
_DOWN = r"""
    decreas\w* reduc\w+ lower\w* less(?!\sthan) fewer(?!\sthan) smaller limit\w* restrict\w* shrink\w* shrank diminish\w* narrow\w*
    minimi[sz]\w+ drop\w* fall\w* fell cut\w* mitigat\w+ alleviat\w+ lessen\w* shorter shorten\w* suppress\w* curb\w* declin\w* halv\w+ half
    degrad\w+ worse\w* worst hurt\w* harm\w* underperform\w* inferior weaken\w* weaker weakest undermin\w+ impair\w* deteriorat\w+ lag\w*
    hinder\w* imped\w+ slow\w* below behind underestimat\w+ discourag\w+ penali[sz]\w+ los(?:e|es|t|ing|s)? low short shortest rar\w+
    remov\w+ least down"""
_DIRECTION = re.compile(rf"\b(?:(?P<up>{'|'.join(_UP.split())})|(?P<down>{'|'.join(_DOWN.split())}))\b", re.IGNORECASE)
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:not|never|no|without|cannot|nor|neither|fail(?:s|ed)? to|avoid\w*|prevent(?:s|ed|ing)?)\b|n[’']t\b)"
    r"(?:\s+(?!as\b|when\b|if\b|while\b)[\w-]+){0,4}\s+$",
    re.IGNORECASE,
)
_SKIPPED = frozenset(
    "the a an its their his her in of to this that these those on our any at is are was were be become becomes both".split()
)
# Words that exclude each other when they stand beside the same word; "_" is a space or hyphen.
_RIVALS = tuple(
    (pair.split("/")[0], pair.split("/")[1])
    for pair in """
    online/offline on_policy/off_policy model_free/model_based discrete/continuous synthetic/real synthetic/authentic dense/sparse
    stochastic/deterministic random/deterministic global/local static/dynamic internal/external finite/infinite maximi/minimi
    forward/backward penalt/bonus low_level/high_level at_test/at_training test_time/training_time encoder/decoder first/last early/late
    shortest/longest strongest/weakest most/least n-step/one-step overestimat/underestimat lengthen/shorten rotation/reflection
    policy/value simulation/real easy/hard easier/harder simple/complex unseen/seen upper/lower before/after always/never past/future
    increas/decreas increas/reduc improv/degrad improv/worsen improv/hurt improv/harms improv/impair rais/lower faster/slower
    quickly/slowly stronger/weaker outperform/underperform succeed/fail encourag/discourag encourag/prevent strengthen/weaken
    widen/narrow above/below exceed/falls halv/doubl rarer/frequent longer/shorter higher/lower better/worse frozen/fine_tun
    frozen/trained raw/processed causal/spurious expert/novice single_agent/multi_agent single_task/multi_task human/robot human/machine
    human/synthetic day/night daytime/nighttime positive/negative outcome/process prevent/cause sparse/rich weak/strong slow/fast
    small/large little/large narrow/broad known/unknown familiar/novel central/peripheral conservativ/optimistic pessimis/optimis
    conservativ/aggressive cautious/reckless safe/unsafe safe/risky explicit/implicit manual/automatic parallel/sequential
    batch/streaming active/passive hard-coded/learned learned/hand_crafted learned/fixed trainable/frozen success/failure attack/defen
    winner/loser best/worst top/bottom left/right inner/outer input/output teacher/student source/target actor/critic prior/posterior
    mean/variance bias/variance precision/recall training/inference exploration/exploitation majority/minority many/few often/seldom
    often/rarely indoor/outdoor young/old male/female treatment/control benign/malicious cooperative/competitive cheap/expensive
    cheaper/costlier rise/fall gain/loss reward/punish reward/penal accept/reject includ/exclud add/remov merg/split useful/useless
    effective/ineffective identical/different same/different same/distinct identical/distinct similar/different
    unchanged/different imagined/real imagined/recorded simulated/real teacher/pupil
    homogeneous/heterogeneous shared/separate paired/unpaired retrospective/prospective""".split()
)  # fmt: skip
_WHOLE_WORDS = frozenset(
    "real first last past top left right fast small large human robot day night mean few many add old input output".split()
)
_COMPARES = re.compile(
    r"\b(?:(?P<passive>(?:is|are|was|were|been|be) (?:\w+ly )?(?:outperformed|beaten|surpassed|exceeded|outdone)|"
    r"(?:outperformed|beaten|surpassed|exceeded|outdone) by)|"
    r"(?P<wins>outperform\w*|beat(?:s|en|ing)?|surpass\w*|exceed\w*|outdo\w*|superior to|ahead of|improves? (?:on|upon|over))|"
    r"(?P<loses>los(?:e|es|t|ing) (?:out )?to|(?:falls?|fell|lags?|is|are) behind|inferior to|underperform\w*)|"
    r"(?P<than>(?P<less>more (?:slowly|rarely|weakly)|less|worse|slower|lower|weaker|harder|smaller|fewer|shorter)|"
    r"(?P<more>more|better|faster|higher|stronger|simpler|greater|larger|cheaper|safer|quicker|longer|easier))\b(?:(?![,;:.]).){0,60}?\bthan|"
    r"(?P<prefers>prefer\w* (?P<liked>[^,;.]{3,80}?) (?:over|to|rather than))|(?P<as>as (?!well|soon|long|far)\w+ as)|"
    r"(?P<over>outweigh\w*))\b",
    re.IGNORECASE,
)
_Sides = tuple[frozenset[str], frozenset[str]]
_MEASURE_FREE = frozenset(
    stem(w) for w in "more better faster higher stronger simpler greater larger less worse slower lower weaker".split()
)
_PAR = re.compile(
    r"\b(?:on (?:a )?par|competitive with|rivals?|approach(?:es|ed|ing) (?:that|those|the|human|its)|close to|nears?|comparabl[ey]|"
    r"equal(?:s|led|ly)?|match(?:es|ed|ing)?|as (?:well|good) as)\b",
    re.IGNORECASE,
)
_NO_CHANGE = re.compile(
    r"\bno (?:\w+ ){0,2}(?:differences?|effects?|changes?|impact|influence|benefits?)\b|\b(?:not|n[’']t) (?:\w+ )?"
    r"(?:differ|affect|change)\w*",
    re.IGNORECASE,
)
_CORRELATES = re.compile(r"\b(?:correlat|associat)\w+", re.IGNORECASE)
_INVERSE = re.compile(r"\b(?:inverse(?:ly)?|negative(?:ly)?|anti-?correlat\w+)\b", re.IGNORECASE)
_TURN = re.compile(r"[;:\n]|\.\s|\b(?:but|while|whereas|although|though|yet)\b", re.IGNORECASE)
_REPORTED = re.compile(
    r"^[^,]*?\b(?:shows?|finds?|found|reveals?|demonstrates?|suggests?|indicates?|reports?)\sthat\s|^\W*(?:in|on|at|under|for|with)\s[^,]{0,40},\s",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"[A-Z][\w-]*(?=\s)")
_CONTRAST = re.compile(
    r"\b(?:than|unlike|contrast to|over|against|compared (?:to|with)|outperform\w*|beat\w*|surpass\w*|exceed\w*|baselines?|on par with|"
    r"ahead of)\s(?:[\w-]+\s){0,4}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Move:
    """A word of direction, whether upwards (a denial turns it round), and the stems of what it is about.

    ``before``: the stems of the words before it; ``bare``: whether none that it could be about follow ("all others need fewer").
    """

    word: str
    up: bool
    about: tuple[str, ...]
    before: tuple[str, ...]
    bare: bool


def direction_problem(claim: str, evidence: str) -> str | None:
    """More told as less, a comparison the other way round, or a word in the place of its opposite."""
    agreed = contrast_agrees(claim, evidence)
    if any(agreed):  # told up or down as in the evidence, maybe from the other side
        return _opposite(claim, evidence, True) or _crossed(claim, evidence)
    turned = seen_from_the_other_side(claim, evidence)
    other = None if agreed else _other_way(claim, evidence)
    other = other or _inverse(claim, evidence)
    return other or _swapped(claim, evidence) or _opposite(claim, evidence, turned) or _crossed(claim, evidence)


def _moves(text: str) -> Iterator[_Move]:
    """A direction is about the run of content words behind it, or before it if none follows."""
    for match in _DIRECTION.finditer(text):
        ahead, past = text[match.end() : match.end() + _NEAR], text[max(match.start() - _NEAR, 0) : match.start()]
        if BOUND.match(ahead) or OF_A_KIND.search(past[-12:]):
            continue
        denied = bool(_DENIED_BEFORE.search(past))
        behind, before = _run(ahead), _run(past, back=True)
        yield _Move(match.group().lower(), (match.lastgroup == "up") != denied, behind or before, before, not behind)


def _run(text: str, back: bool = False) -> tuple[str, ...]:
    """The stems of the content words next to a place, after a few articles and prepositions, up to the next function word or mark."""
    parts = re.split(r"[;:,.()\n]", text)
    words = [re.sub(r"[’']s$", "", w.lower()) for w in _WORD.findall(parts[-1] if back else parts[0])]
    run: list[str] = []
    for i, word in enumerate(words[::-1] if back else words):
        if word in _SKIPPED and not run and i < 3:
            continue
        if word in STOPWORDS or (run and word == "per") or _DIRECTION.fullmatch(word) or len(run) == 4:
            break
        if not word.endswith("ly") and not word[0].isdigit():
            run.append(stem(word))
    return tuple(run[::-1] if back else run)


def _other_way(claim: str, evidence: str) -> str | None:
    told = list(_moves(evidence))
    if seen_from_the_other_side(claim, evidence):
        return None
    borne_out = any(_kind(m) == "wins" and _is_borne_out(_sides(claim, m), evidence) for m in _COMPARES.finditer(claim))
    for said in _moves(claim):
        if borne_out and _COMPARES.fullmatch(said.word):
            continue
        alike = [t for t in told if _about_the_same(said.about, t.about) or _left_out(said, t)]
        if alike and all(t.up != said.up for t in alike):
            return f"“{said.word} {_written(said.about, claim)}” is “{alike[0].word}” in the cited sentence"
        if said.about and not alike and not EQUAL.search(claim):
            for part in re.split(r"[;:,\n]|\.\s|\band\b", evidence):
                steady = EQUAL.search(part) or _NO_CHANGE.search(part)
                if steady and stems(part).issuperset(said.about) and not _COMPARES.search(part):
                    return f"the cited sentence says “{steady.group().lower()}”, not “{said.word}”"
    return None


def _inverse(claim: str, evidence: str) -> str | None:
    """A correlation told as an inverse one, or the other way round."""
    said, told = _CORRELATES.search(claim), _CORRELATES.search(evidence)
    if said and told and bool(_INVERSE.search(claim)) != bool(_INVERSE.search(evidence)):
        return f"the correlation is {'not ' if _INVERSE.search(claim) else ''}an inverse one in the cited sentence"
    return None


def seen_from_the_other_side(claim: str, evidence: str) -> bool:
    """Whether "A is higher than B" is told as "B is lower than A"."""
    for said in _COMPARES.finditer(claim):
        for told in _COMPARES.finditer(evidence):
            if _kind(said) == _kind(told) == "than" and bool(said["less"]) != bool(told["less"]):
                better, worse = _sides(claim, said)
                over, under = _sides(evidence, told)
                than_said, than_told = better if said["less"] else worse, over if told["less"] else under
                if (better & over) - under and (worse & under) - over and not than_said & than_told:
                    return True
    return False


def _left_out(said: _Move, told: _Move) -> bool:
    """Whether both have the same two words before, and one leaves out what it is about."""
    return (said.bare or told.bare) and len({*said.before} & {*told.before}) >= 2


def _about_the_same(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two runs of words have the same last word, or the same first, and one more in common where they have more."""
    if not a or not b or not ((a[-1] in b and b[-1] in a) or (a[0] == b[0] and a[0] not in WEAK)):
        return False
    return len({*a} & {*b}) >= min(len(a), len(b), 2)


def _written(about: tuple[str, ...], text: str) -> str:
    """The first two of these stems as the text has them."""
    return " ".join(next((w for w in content_words(text) if stem(w) == s), s) for s in about[:2])


def _swapped(claim: str, evidence: str) -> str | None:
    """A beats B in the claim, B beats A in the evidence, or they are on a par."""
    par, wins = _PAR.search(evidence), [m for m in _COMPARES.finditer(evidence) if _kind(m) in ("wins", "over", "prefers")]
    for said in _COMPARES.finditer(claim):
        near = par is not None and par.group()[:2].lower() != "as" and not _COMPARES.search(evidence)
        better = _kind(said) == "wins" or (_kind(said) == "than" and near)
        if par and not wins and better and not EQUAL.search(claim) and stems(claim[said.end() :]) & stems(evidence):
            return f"the cited sentence says “{par.group().lower()}”, not “{said.group().lower()}”"
    for said in _COMPARES.finditer(claim):
        if par and wins and _kind(said) == "wins" and not said["passive"]:
            target, even = _behind(claim, said), _behind(evidence, par)
            beaten = frozenset().union(*(_behind(evidence, m) for m in wins))
            if len(target & even - beaten) >= 2 and not target & beaten - even:
                return f"the cited sentence says “{par.group().lower()}”, not “{said.group().lower()}”"
    for said in _COMPARES.finditer(claim):
        if _is_borne_out(_sides(claim, said), evidence):
            continue
        for told in _COMPARES.finditer(evidence):
            if _kind(said) != _kind(told):
                continue
            mine, theirs = _sides(claim, said), _sides(evidence, told)
            before, after = mine[0] - mine[1], mine[1] - mine[0]
            left, right = theirs[0] - theirs[1], theirs[1] - theirs[0]
            alone = before & right and not before & left and not after & right
            if (
                _exchanged(said, told, mine, theirs)
                or alone
                or (after & left and before & right and len(after & left) >= len(after & right))
            ):
                return "the cited sentence tells the comparison the other way round"
    return None


def _behind(text: str, match: re.Match[str]) -> frozenset[str]:
    """The stems from a comparison to the end of its clause."""
    return stems(re.split(r"[,;.\n]|\b(?:and|but|while|whereas|although) ", text[match.end() :])[0])


def _is_borne_out(mine: _Sides, evidence: str) -> bool:
    """Whether some comparison of the evidence has the same before and behind: "it beats B, but falls behind B on X"."""
    before, after = mine[0] - mine[1], mine[1] - mine[0]
    if len(list(_COMPARES.finditer(evidence))) < 2:
        return False
    for told in _COMPARES.finditer(evidence):
        theirs = _sides(evidence, told)
        left, right = theirs[0] - theirs[1], theirs[1] - theirs[0]
        if (before & left or after & right) and not before & right and not after & left:
            return True
    return False


def _exchanged(said: re.Match[str], told: re.Match[str], mine: _Sides, theirs: _Sides) -> bool:
    """Whether two "than"s of the same direction have each what is compared in the place of what it is compared with."""
    if _kind(said) != "than" or bool(said["less"]) != bool(told["less"]) or not _same_measure(said, told):
        return False
    object_said, subject_said = mine if said["less"] else mine[::-1]
    object_told, subject_told = theirs if told["less"] else theirs[::-1]
    return bool(object_said & subject_told and object_told & subject_said and not object_said & object_told)


def _same_measure(said: re.Match[str], told: re.Match[str]) -> bool:
    """Whether "lower rate of events than" and "lower rate than" are of the same thing, or either names none."""
    one, other = stems(said.group()) - _MEASURE_FREE, stems(told.group()) - _MEASURE_FREE
    return not one or not other or bool(one & other)


def _kind(match: re.Match[str]) -> str:
    return next((kind for kind in ("than", "as", "over", "prefers") if match[kind]), "wins")


def _sides(text: str, match: re.Match[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The better and the worse side of a comparison, as the stems of what is said of them."""
    before = re.split(r"[;:.]\s|\n|,\s(?:but|while|whereas)\s|\b[Uu]nlike [^,]*,", text[: match.start()])[-1]
    after = re.split(r"[;:.,](?:\s|$)|\b(?:on|in|with|while|whereas|but|although)\b", text[match.end() :])[0]
    better, worse = stems(match["liked"] or before), stems(after)
    return (worse, better) if match["loses"] or match["less"] or match["passive"] else (better, worse)


def _opposite(claim: str, evidence: str, turned: bool) -> str | None:
    """A word stands in the claim beside what its opposite stands beside in the evidence. ``turned``: directions may be turned round."""
    said, told = claim.lower(), evidence.lower()
    turned |= all(len({m.up for m in _moves(text)}) == 2 for text in (claim, evidence))
    for pair in _RIVALS:
        for mine, theirs in (pair, pair[::-1]):
            here, there = _found(said, mine), _found(told, theirs)
            if not here or not there or _denied(here) or _denied(there) or (turned and _DIRECTION.fullmatch(here.group())):
                continue
            if _found(told, mine):
                if not _changed_place(said, told, mine, theirs):
                    continue
            elif _found(said, theirs) or not _beside(said, here) & _beside(told, there):
                continue
            return f"“{here.group()}” stands where the cited sentence has “{there.group()}”"
    return None


def _found(text: str, word: str) -> re.Match[str] | None:
    return _pattern(word).search(text) if word.split("_")[0] in text else None


@cache
def _pattern(word: str) -> re.Pattern[str]:
    end = r"\b" if word in _WHOLE_WORDS else r"\w*"
    return re.compile(rf"(?<![\w-]){re.escape(word).replace('_', '[ -]')}{end}")


def _changed_place(said: str, told: str, mine: str, theirs: str) -> bool:
    """Whether, of two opposites that the evidence has both, the claim has one next to the word that the other stands next to."""
    for behind in (False, True):
        here, own, other = (_next_to(t, w, behind) for t, w in ((said, mine), (told, mine), (told, theirs)))
        if here & (other - own) and not here & (own - other) and (behind or not _found(said, theirs)):
            return True
    return False


def _next_to(text: str, word: str, behind: bool) -> set[str]:
    """The stems of the words right before each occurrence, or of the two right behind."""
    written = re.escape(word).replace("_", "[ -]")
    if not behind:
        return {stem(m.group(1)) for m in re.finditer(rf"([\w-]{{4,}})\s(?:in\s|on\s)?{written}", text)}
    runs = re.finditer(rf"(?<![\w-]){written}[\w-]*((?:\s[\w-]+){{1,2}})", text)
    words = (takewhile(is_content, m.group(1).split()) for m in runs)
    return {stem(w) for run in words for w in run if len(w) >= 4}


def _denied(match: re.Match[str]) -> bool:
    """Whether a denial stands shortly before a place."""
    return bool(_DENIED_BEFORE.search(match.string[max(match.start() - _NEAR, 0) : match.start()]))


def _beside(text: str, match: re.Match[str]) -> set[str]:
    """The stems of three content words behind and two before."""
    return {stem(w) for w in (*content_words(text[match.end() :])[:3], *content_words(text[: match.start()])[-2:])}


def _crossed(claim: str, evidence: str) -> str | None:
    """Two clauses of the claim that have each the subject of the other's clause in the evidence."""
    told = [_REPORTED.sub("", p) for p in _TURN.split(evidence) if len(stems(p)) >= 3]
    said = [_REPORTED.sub("", p) for p in _TURN.split(claim) if len(stems(p)) >= 3]
    nearest = [max(told, key=lambda p: len(stems(p) & stems(c) - _subject(c)), default="") for c in said]
    for (one, its), (other, others) in combinations(zip(said, nearest, strict=True), 2):
        mine, theirs = stems(its) - stems(others), stems(others) - stems(its)
        if (
            its != others
            and _subject(one) & theirs
            and _subject(other) & mine
            and not _subject(one) & mine
            and not _subject(other) & theirs
        ):
            return "the cited sentence tells the two things the other way round"
    return None


def _subject(text: str) -> frozenset[str]:
    """The stems of the first words of a clause, two at most."""
    return frozenset(stem(w) for w in content_words(text)[:2])


def role_problem(claim: str, evidence: str, title: str = "") -> str | None:
    """The claim is about what the evidence only compares with, or says of something else what the evidence says of the paper's own work."""
    subject = _SUBJECT.match(claim)
    name = subject.group() if subject else ""
    if _COMPARES.search(claim) or not name or stem(name.lower()) in stems(title):
        return None
    before = [evidence[max(m.start() - _NEAR, 0) : m.start()] for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", evidence)]
    if before and all(_CONTRAST.search(b) for b in before):
        return f"the cited sentence only compares with “{name}”"
    own = title.split(":")[0]
    parts = [p for p in re.split(r"[;:\n]|,\s(?:while|whereas|but)\b|\.\s", evidence) if len(stems(p)) >= 3]
    if ":" in title and len(own.split()) == 1 and len(parts) > 1 and not stems(own) & stems(claim):
        rest = stems(claim) - _subject(claim)
        best = max(parts, key=lambda p: len(rest & stems(p)))
        if stems(own) & stems(best) and not _subject(claim) & stems(best) and any(_subject(claim) <= _subject(p) for p in parts):
            return f"the cited sentence says it of “{own}”"
    return None
