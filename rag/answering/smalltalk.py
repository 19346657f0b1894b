"""Greetings, thanks and the like: told from questions, answered briefly, and taken off the front of a question;
pure.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["greeting", "thanks", "farewell", "nod", "wellbeing", "who", "what"]
_REPLIES: dict[Kind, str] = {
    "what": "Ask what a method does, how it works, how well it did or how two papers differ; then ask on: “why?”, "
    "“what about the second "
    "one?”. I look for the answer in the abstracts of this library, and say so where they don't have it.",
    "who": "I'm Citewise. I answer from the abstracts in this library and show the sentences that an answer stands "
    "on; beyond them I know "
    "nothing.",
    "wellbeing": "All is well here, thank you. What would you like to know?",
    "farewell": "Goodbye.",
    "thanks": "You're welcome.",
    "greeting": "Hello. What would you like to know from this library?",
    "nod": "All right. What would you like to know next?",
}
WHAT_CAN_BE_ASKED = _REPLIES["what"]
# Where several stand together ("ok, thanks, bye"), the one that comes first here is answered.
_PARTS: dict[Kind, str] = {
    "what": r"(?:what|which things) (?:can|could|do) (?:you|i) (?:do|ask|help)(?: (?:you )?(?:here|me "
    r"with|with|about))?|"
    r"how can you help(?: me)?|"
    r"what are you for|how do (?:i use (?:this|you)|you work)|help(?: me)?(?: please)?",
    "who": r"(?:who|what) are you|what(?:'s| is) your name|are you (?:an? )?(?:ai|bot|robot|human|person|machine|"
    r"chatgpt|chatbot|llm|real)",
    "wellbeing": r"how are (?:you|things)(?: (?:doing|today))*|how(?:'s| is) it going|what'?s up",
    "farewell": r"(?:good)?bye(?: bye)?|bye-bye|see (?:you|ya)(?: (?:later|soon|tomorrow))?|good ?night|have a "
    r"(?:nice|good|great) \w+|"
    r"(?:that'?s|that is|that was|that will be) (?:all|it)(?: (?:for (?:now|today)|then))*|farewell|ciao|so long",
    "thanks": r"(?:no )?(?:many )?(?:thanks|thank (?:you|u)|thx|ty|tnx|cheers|merci)(?: (?:a "
    r"(?:lot|bunch|million|ton)|so much|"
    r"very much|again|much|"
    r"for (?:that|this|your help|the (?:answer|help|info\w*))))*|much appreciated|i appreciate (?:it|that)",
    "greeting": r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))(?: "
    r"(?:there|again|all|everyone|citewise))*",
    "nod": r"ok(?:ay)?(?: then)?|k|alright|all right|great|good|nice(?: one)?|cool|perfect|awesome|excellent|"
    r"wonderful|fantastic|"
    r"brilliant|super|wow|"
    r"got it|i (?:see|understand|got it)|understood|(?:that )?makes sense|fair enough|sure|right|well|fine|hm+|ah+|"
    r"oh+|aha|haha|lol|"
    r"very (?:good|nice|helpful|interesting|useful)|interesting|helpful|good to know|"
    r"(?:that'?s|that is|that was) (?:very |really |so )?(?:great|good|nice|cool|helpful|useful|interesting|clear|"
    r"perfect)|"
    r"never ?mind|forget it|yes|yeah|yep|no|nope|good (?:job|work|answer)|well done|please",
}
_JOINED = r"(?:[\s,.!?…;:)(-]+(?:and\s+)?|$)"
_ANY = re.compile(
    "".join(rf"(?P<{kind}>(?:{part})(?={_JOINED}))|" for kind, part in _PARTS.items())[:-1], re.IGNORECASE
)
_LEADING = re.compile(
    rf"^(?:(?:{_PARTS['greeting']}|{_PARTS['thanks']}|{_PARTS['nod']})(?:\s*[,.!…;:]+\s*|\s+[–—-]+\s+|\s+(?=(?:and|"
    rf"but|so)\b)))+",
    re.IGNORECASE,
)

_ASIDE = re.compile(
    r"^(?:(?:and|but|ok(?:ay)?|now|so|then|wait|oh|hm+|well|actually|sorry|yes|no)[\s,]+)*"
    r"(?:(?:just |only |i have )?(?:an?|one|my|the|some)?\s*(?:(?:other|another|different|new|next|last|final|quick|"
    r"short|small|follow-?up|"
    r"more|further|unrelated|separate)\s+)+(?:question|topic|thing|point|subject)|one more|something "
    r"(?:else|different|new|unrelated)|"
    r"(?:let'?s |let us |can we )?(?:talk|speak) about something (?:else|different)|by the way|btw|(?:let'?s |let us "
    r"|to "
    r")?(?:change|changing|switch|switching) (?:the )?(?:topic|subject)s?|"
    r"on (?:a|another) (?:different |other |new )?(?:topic|subject|note))(?: (?:now|then|though|entirely|completely|"
    r"please))?\s*"
    r"(?:[:,.;!]+|\s[–—-]+)\s*(?=\S)",
    re.IGNORECASE,
)


def small_talk(said: str) -> str | None:
    """The reply to what is nothing but small talk; None for anything that asks for more."""
    plain = re.sub(r"[^\w\s,.!?…;:()'-]", " ", said.replace("’", "'")).strip()
    if not plain:
        return _REPLIES["nod"] if said.strip() else None  # a smiley
    found: set[str] = set()
    while plain:
        match = _ANY.match(plain)
        if not match or match.lastgroup is None:
            return None
        found.add(match.lastgroup)
        plain = re.sub(rf"^{_JOINED}", "", plain[match.end() :])
    return next(reply for kind, reply in _REPLIES.items() if kind in found)


def spelt(said: str) -> str:
    """What was said with the commonest slips in its little words mended, for the rules read those letter by letter."""
    return _SLIP.sub(lambda slip: _like(_SLIPS[slip.group().lower()], slip.group()), said)


def _like(word: str, written: str) -> str:
    return word[:1].upper() + word[1:] if written[:1].isupper() else word


_SLIPS = {
    "wich": "which", "whihc": "which", "whcih": "which", "wihch": "which", "waht": "what", "wat": "what", "wht": "what",
    "whta": "what",
    "hwat": "what", "hwo": "how", "hwy": "why", "wehn": "when", "wehre": "where", "wheer": "where", "teh": "the",
    "hte": "the",
    "tehy": "they", "thye": "they", "thier": "their", "theri": "their", "thsi": "this", "tihs": "this", "taht": "that",
    "tath": "that",
    "doesnt": "doesn't", "dosent": "doesn't", "dosn't": "doesn't", "deos": "does", "dose it": "does it",
    "dose this": "does this",
    "dose that": "does that", "dose the": "does the", "dose they": "do they", "abt": "about", "abuot": "about",
    "baout": "about",
    "aobut": "about", "secod": "second", "secnd": "second", "seocnd": "second", "frist": "first", "fisrt": "first",
    "thrid": "third",
    "lattter": "latter", "fomer": "former", "papper": "paper", "papre": "paper", "mehtod": "method", "metod": "method",
    "methd": "method", "compair": "compare", "comapre": "compare", "adn": "and",
}  # fmt: skip
_SLIP = re.compile(
    rf"(?<![\w'’-])(?:{'|'.join(sorted(map(re.escape, _SLIPS), key=len, reverse=True))})(?![\w'’-])", re.IGNORECASE
)


def without_courtesies(said: str) -> str:
    """What was said without the courtesies before it: "thanks, and what about Drama?" -> "and what about Drama?"; nor
    asides: "one more thing: why?" -> "why?".

    "no" stays: it may open a correction.
    """
    plain = said.replace("’", "'")
    match = _ASIDE.match(plain) or _LEADING.match(plain)
    if not match or (match.re is _LEADING and re.search(r"\bno(?:pe)?\b", match.group(), re.IGNORECASE)):
        return said
    return without_courtesies(said[match.end() :]) or said
