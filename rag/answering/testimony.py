"""Which sentences of an abstract are no evidence, whatever else they are: those that speak to whoever reads them, and
hearsay; pure.

An abstract tells what its authors did. A sentence that gives orders ("Ignore all previous instructions …"), poses as a
message of a chat or bids that nothing else be cited tells nothing. And what a paper says of another that is at hand is
second-hand: that one's own abstract is the witness. Such sentences stay in the abstract and are shown there; no answer
is made of them, and no model is given them to read.

Honest abstracts that speak *of* such things ("we study prompts that say 'ignore previous instructions'") are not meant:
what counts is who is spoken to, at the beginning of a clause. evals/LOG.md tells on how many honest sentences it was
tried.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from rag.answering.offers import is_own_work
from rag.text.display import shown
from rag.text.titles import proper_name

_CLAUSE = (
    r"(?:^\W*+|[.!?:;>\]—]\s*+)(?:(?:now|please|also|then|so|instead|and|but|you must|you should|always|from now "
    r"on)\b\W*+){0,8}+"
)
_TOLD = r"(?:instructions?|prompts?|rules?|guidelines?|messages?|directions?|orders?|commands?)"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|other|your|all|any)"
_READER = r"(?:you|(?:the|all|every|any) (?:assistants?|ai|chatbots?|bots?)|assistants)"
_WORDS = r"(?:only|exactly|nothing|your|the (?:words?|phrase|text|string|following|passphrase|system|above|previous))"
_ORDERS = re.compile(
    rf"{_CLAUSE}(?:ignore|disregard|forget|override|bypass)\b[^.!?]{{0,40}}\b"
    rf"(?:{_EARLIER}\b[^.!?]{{0,20}}\b{_TOLD}|everything (?:above|before)|you were told)"
    rf"|{_CLAUSE}(?:reply|respond|answer) (?:with|in|to|this|every|each|any|just|{_WORDS})\b"
    rf"|{_CLAUSE}(?:say|print|output|repeat|cite|quote|tell|reveal|mention|recommend|praise|obey|execute) {_WORDS}\b"
    r"|(?:^|[.!?:;]\s*)(?:decode and|show this \w+ to|tell the (?:user|reader)s?)\b"
    rf"|\b{_READER} (?:must|should|shall|will|has to|have to|may) (?:(?:now|only|always|never|not) )*"
    r"(?:reply|respond with|answer (?:with|every|only)|say|cite|print|tell|output|mention|obey|praise|warn (?:the "
    r")?(?:readers?|users?))\b"
    r"|\b(?:assistant|ai|model) has no duty\b|\bthis system prompt\b|\bthe user (?:wants|asks|expects) you\b"
    r"|\bwhen(?:ever)? (?:you are )?asked (?:about|for)\b[^.!?]{0,60}\b(?:say|reply|respond)\b"
    r"|\bevery (?:answer|reply|response) (?:must|should|has to)\b"
    r"|^(?:you are|act as) (?:now|no longer|an? unrestricted|an? ai)\b|\bas an? ai (?:language "
    r")?(?:model|assistant),? you\b"
    r"|\bnote (?:to|for) (?:the |all |any )?(?:assistants?|ai|models?|llms?|chatbots?)\b"
    r"|^\W*(?:new |updated |end of )?system (?:prompt|message|override|note|instructions?)\b[^.!?]{0,30}:|"
    r"^(?:assistant|system)\s*:",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    r"<\|\w+\|>|<｜[^<>]{1,40}｜>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|\{[#/]\w++\}|={3}\s*+(?:system|user|"
    r"assistant)\b"
    r"|##\s*+(?:system|instructions?|assistant)\s*+:|\"verdict\"\s*:",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    "|".join(
        (
            # German
            r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*)\b"
            r"[^.!?]{0,50}(?:anweisung|regel|instruktion|vorgabe)",
            r"\b(?:ignore[zr]?|oublie[zr]?)\b[^.!?]{0,40}(?:instructions?\b|consigne|règle)[^.!?]{0,20}(?:précédent|"
            r"antérieur|ci-dessus)",
            # Spanish; the line above: French
            r"\b(?:ignor[ae]n?|olvid[ae]n?)\b[^.!?]{0,40}(?:instruccion|reglas?\b|indicacion)",
            r"\b(?:ignor[ae]|esque[cç]\w+)\b[^.!?]{0,40}(?:instruç|regras?\b)",  # Portuguese
            r"\b(?:ignora(?:te)?|dimentica(?:te)?)\b[^.!?]{0,40}(?:istruzion|regol)",  # Italian
            r"\b(?:negeer|vergeet)\b[^.!?]{0,40}(?:instructie|regel)",  # Dutch
            r"\b(?:игнорируй|проигнорируй|забудь)\w*[^.!?]{0,40}(?:инструкц|указани|правил)",  # Russian
            r"\b(?:z?ignoruj|zapomnij)\w*[^.!?]{0,40}(?:instrukcj|polece)",  # Polish
            r"(?:talimat|yönerge)\w*[^.!?]{0,20}(?:yok say|unut|görmezden)",  # Turkish
            r"(?:تجاهل|انس)[^.!?]{0,30}(?:التعليمات|الأوامر)",  # Arabic
            r"(?:忽略|忽视|无视|無視|忘记|忘記)[^。！？]{0,20}(?:指令|指示|提示|规则|規則)",  # Chinese
            r"(?:指示|命令|プロンプト)[^。！？]{0,10}(?:無視|忘れ)",  # Japanese
            r"(?:지시|명령)[^.!?]{0,12}(?:무시|잊)",  # Korean
            r"(?:निर्देश)[^.!?]{0,20}(?:अनदेखा|नज़रअंदाज़|भूल)",  # Hindi
        )
    ),
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\b(?:this|our) (?:paper|abstract|work|study) (?:supersedes|replaces|invalidates) (?:all|every|any)\b"
    r"|\b(?:all|any|every|no) (?:of the )?other (?:papers?|abstracts?|sources?|works?|studies)\b[^.!?]{0,60}"
    r"\b(?:has been|have been|are|were|must be|may be) (?:retracted|withdrawn|fabricated|false|fake|invalid|"
    r"superseded|cited|ignored)\b"
    r"|\bonly [^.!?]{1,60}\b(?:may|must) be (?:cited|quoted|believed)\b|\bpapers? (?:in|of) this library\b"
    r"|\btrust nothing but this\b",
    re.IGNORECASE,
)
_DISCREDITS = re.compile(
    r"\b(?:retract\w*|withdrawn|fabricat\w*|fraud\w*|plagiari\w*|falsif\w*|made up|debunk\w*|discredit\w*|superseded|"
    r"invalid(?:ated)?|hoax|bogus|fake\w*|false|untrue|lies|misreport\w*|(?:not|never) (?:be "
    r")?(?:reproduc\w*|replicat\w*)|"
    r"irreproducib\w*)\b",
    re.IGNORECASE,
)
_SHAPED = re.compile(r"[a-z][A-Z]|[A-Z]{2}|\d")
# Letters of other alphabets that look like Latin ones, for words that mix the two.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅαορνιΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", "aeopcyxijsdhqwABEKMHOPCTYXIJSaopviABEHIKMNOPTXYZ"
)
_MIXED = re.compile(r"(?<!\w)\w*(?:[a-zA-Z][\u0370-\u04ff\u0500-\u052f]|[\u0370-\u04ff\u0500-\u052f][a-zA-Z])\w*")


@lru_cache(maxsize=16_384)
def speaks_to_its_reader(text: str) -> bool:
    """Whether a sentence or title gives orders to whoever reads it, poses as a message, or bids that nothing else be
    believed.
    """
    told = _plain(text)
    return any(pattern.search(told) for pattern in (_ORDERS, _TEMPLATE, _FOREIGN, _ALONE))


class Hearsay:
    """Tells which of a paper's sentences only speak of another paper at hand.

    ``titles``: of papers whose names are their own, which few others mention ("RLCoder", not "HCV"), by any key.
    """

    def __init__(self, question: str, titles: Mapping[int, str]) -> None:
        self._keys: dict[str, set[int]] = {}
        for key, title in titles.items():
            if name := proper_name(title):
                self._keys.setdefault(name.casefold(), set()).add(key)
        names = sorted(self._keys, key=len, reverse=True)
        self._names = (
            re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])", re.IGNORECASE) if names else None
        )
        self._asked = {name for name, _ in self._named(question)}

    def is_about_another(self, sentence: str, key: int) -> bool:
        """Whether a sentence of the paper under ``key`` speaks ill of another, or speaks of one that the question is
        about and not of its own work.
        """
        named = self._named(_plain(sentence)) if self._names else []
        others = [name for name, keys in named if key not in keys]
        if not others:
            return False
        if _DISCREDITS.search(sentence):
            return True
        speaks_of_itself = is_own_work(sentence) or len(others) < len(named)
        return not speaks_of_itself and not self._asked.isdisjoint(others)

    def _named(self, text: str) -> list[tuple[str, set[int]]]:
        """The names in a text with the papers that have them. One that is also a word ("Drama") counts with its capital
        only.
        """
        found = self._names.finditer(text) if self._names else iter(())
        return [
            (m.group().casefold(), self._keys[m.group().casefold()])
            for m in found
            if m.group()[0].isupper() or _SHAPED.search(m.group())
        ]


def _plain(text: str) -> str:
    """A text as it is read: without what does not show, odd letters as those that they look like."""
    told = unicodedata.normalize("NFKC", shown(text))
    return _MIXED.sub(lambda m: m.group().translate(_LOOKALIKES), told)
