"""Greetings, thanks and the like: told from questions, answered briefly, and taken off the front of a question; pure."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["greeting", "thanks", "farewell", "nod", "wellbeing", "who", "what"]
_REPLIES: dict[Kind, str] = {
    "what": "Ask what a method does, how it works, how well it did or how two papers differ; then ask on: “why?”, “what about the second "
    "one?”. I look for the answer in the abstracts of this library, and say so where they don't have it.",
    "who": "I'm Citewise. I answer from the abstracts in this library and show the sentences that an answer stands on; beyond them I know "
    "nothing.",
    "wellbeing": "All is well here, thank you. What would you like to know?",
    "farewell": "Goodbye.",
    "thanks": "You're welcome.",
    "greeting": "Hello. What would you like to know from this library?",
    "nod": "All right. What would you like to know next?",
}
# Where several stand together ("ok, thanks, bye"), the one that comes first here is answered.
_PARTS: dict[Kind, str] = {
    "what": r"(?:what|which things) (?:can|could|do) (?:you|i) (?:do|ask|help)(?: (?:you )?(?:here|me with|with|about))?|"
    r"how can you help(?: me)?|"
    r"what are you for|how do (?:i use (?:this|you)|you work)|help(?: me)?(?: please)?",
    "who": r"(?:who|what) are you|what(?:'s| is) your name|are you (?:an? )?(?:ai|bot|robot|human|person|machine|chatgpt|chatbot|llm|real)",
    "wellbeing": r"how are (?:you|things)(?: (?:doing|today))*|how(?:'s| is) it going|what'?s up",
    "farewell": r"(?:good)?bye(?: bye)?|bye-bye|see (?:you|ya)(?: (?:later|soon|tomorrow))?|good ?night|have a (?:nice|good|great) \w+|"
    r"(?:that'?s|that is|that was|that will be) (?:all|it)(?: (?:for (?:now|today)|then))*|farewell|ciao|so long",
    "thanks": r"(?:no )?(?:many )?(?:thanks|thank (?:you|u)|thx|ty|tnx|cheers|merci)(?: (?:a (?:lot|bunch|million|ton)|so much|"
    r"very much|again|much|"
    r"for (?:that|this|your help|the (?:answer|help|info\w*))))*|much appreciated|i appreciate (?:it|that)",
    "greeting": r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))(?: (?:there|again|all|everyone|citewise))*",
    "nod": r"ok(?:ay)?(?: then)?|k|alright|all right|great|good|nice(?: one)?|cool|perfect|awesome|excellent|wonderful|fantastic|"
    r"brilliant|super|wow|"
    r"got it|i (?:see|understand|got it)|understood|(?:that )?makes sense|fair enough|sure|right|well|fine|hm+|ah+|oh+|aha|haha|lol|"
    r"very (?:good|nice|helpful|interesting|useful)|interesting|helpful|good to know|"
    r"(?:that'?s|that is|that was) (?:very |really |so )?(?:great|good|nice|cool|helpful|useful|interesting|clear|perfect)|"
    r"never ?mind|forget it|yes|yeah|yep|no|nope|good (?:job|work|answer)|well done|please",
}
_JOINED = r"(?:[\s,.!?…;:)(-]+(?:and\s+)?|$)"
_ANY = re.compile("".join(rf"(?P<{kind}>(?:{part})(?={_JOINED}))|" for kind, part in _PARTS.items())[:-1], re.IGNORECASE)
_LEADING = re.compile(
    rf"^(?:(?:{_PARTS['greeting']}|{_PARTS['thanks']}|{_PARTS['nod']})(?:\s*[,.!…;:]+\s*|\s+[–—-]+\s+|\s+(?=(?:and|but|so)\b)))+",
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


def without_courtesies(said: str) -> str:
    """What was said without the courtesies before it: "thanks, and what about Drama?" -> "and what about Drama?".

    "no" stays: it may open a correction.
    """
    match = _LEADING.match(said.replace("’", "'"))
    if not match or re.search(r"\bno(?:pe)?\b", match.group(), re.IGNORECASE):
        return said
    return said[match.end() :] or said
