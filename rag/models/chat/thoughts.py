"""What models write that is no part of a reply: thoughts and control tokens, in the form of any family; pure.

    >>> heard = ThoughtFilter()
    >>> heard.feed("◁think▷Cats? Hm.◁/think▷Cats purr.<|im_") + heard.feed("end|>") + heard.end()
    'Cats purr.'

Servers take these out where they know a model's template, and send them on where they don't.
"""

from __future__ import annotations

import re

CLOSES = "</think>"
"""What a filter gives out where a thought ends that nothing announced: all before it was the thought."""
_NAMED = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|inner_monologue)"
_BARRED = (
    r"think|thinking|begin_of_thoughts?|begin_of_think(?:ing)?|start_of_thought|start_think(?:ing)?|think(?:ing)?_start"
    r"|begin_of_reasoning|reasoning_start|inner_prefix"
)
_BARRED_END = (
    r"/think|/thinking|end_of_thoughts?|end_of_think(?:ing)?|end_think(?:ing)?|think(?:ing)?_end"
    r"|end_of_reasoning|reasoning_end|inner_suffix"
)
_OPEN = (
    rf"<(?:{_NAMED})>|◁think▷|\[THINK\]|<[|｜](?:{_BARRED})[|｜]>"
    r"|<unused94>|<\|channel>(?:thought|analysis)?"
)
_CLOSE = rf"</(?:{_NAMED})>|◁/think▷|\[/THINK\]|<[|｜](?:{_BARRED_END})[|｜]>|<unused95>|<channel\|>"
_HEADER = r"<\|channel\|>\s?(?P<channel>\w{1,20})(?:[^<]|<\|constrain\|>){0,80}<\|message\|>"
"""Harmony's: a message on the channel of thoughts ("analysis"), of remarks ("commentary") or of the answer ("final").
"""
_TURN_OPENS = r"<\|(?:im_start|start_header_id|start|begin|role_start)\|>|<start_of_turn>|<\|turn>"
_TURN = rf"(?:{_TURN_OPENS})(?P<role>[ \n]?[A-Za-z]{{1,12}}(?![A-Za-z]))?"
_SPEAKS = (
    r"<[|｜](?P<speaker>user|human|system|tool|developer|observation|USER_TOKEN|SYSTEM_TOKEN)[|｜]>"
    r"|(?P<asks>\[INST\])"
)
TOKENS = (
    r"<[|｜][^<>|｜\n]{1,60}[|｜]>|<\|[A-Za-z_/]{1,30}>|<[A-Za-z_/]{1,30}\|>"
    r"|</?(?:s|bos|eos|pad|unk|sep|sop|eop|eod|eot|eom|end)>"
    r"|</?(?:answer|response|final|solution|tool_calls?|tool_response|function_call)>"
    r"|<(?:start|end)_of_(?:turn|utterance|text|image)>"
    r"|<(?:unused|ctrl|special_|extra_id_|reserved_)\d{1,5}>|◁/?[a-z_]{1,20}▷"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|BOS|EOS|gMASK|THINK)\]"
    r"|<</?SYS>>|\[e~\["
)
"""Control tokens of the templates in use. Case does not matter."""
MARKUP = rf"{_OPEN}|{_CLOSE}|{TOKENS}"
"""All of it: what a text that a model is given to read must not hold."""
_PIECE = re.compile(
    rf"(?P<header>{_HEADER})|(?P<open>{_OPEN})|(?P<close>{_CLOSE})|(?P<turn>{_TURN})|{_SPEAKS}|(?P<token>{TOKENS})",
    re.IGNORECASE,
)
_OPENS_TURN = re.compile(rf"(?:{_TURN_OPENS})[ \n]?[A-Za-z]{{0,12}}\Z|<\|channel>[a-z]{{0,8}}\Z", re.IGNORECASE)
"""The head of a turn, or of a thought, whose name may go on in the next piece."""
_UNFINISHED = re.compile(r"(?:<[^<>\n]{0,62}|◁[^▷\n]{0,20}|\[[A-Za-z_/~]{0,20})\Z")
_LONGEST = 160
"""Characters that a token with its name or header has at most."""
_OURS = frozenset({"assistant", "model", "bot", "ai", "gpt", "chatbot"})
_SPELLED = (
    ("Here is my thought process:", "Here is my response:"),
    ("Here's my thought process:", "Here's my response:"),
)
"""How Granite opens a thought and an answer."""
_LEAKED, _LEAKED_END = "analysis", "assistantfinal"
"""What is left of harmony's headers where a server drops the tokens and keeps the words between them."""


class ThoughtFilter:
    """Takes a reply in pieces and gives out what is part of the reply. ``thought``: whether there was a thought."""

    def __init__(self) -> None:
        self.thought = False
        self._held = ""
        self._begun = ""
        """The first character that was given out."""
        self._until: str | None = None
        """What ends the thought that goes on: "" for any end of a thought, "<|end|>" beside them, or words."""
        self._over = False

    def feed(self, piece: str) -> str:
        """The text that is known by now to be part of the reply; :data:`CLOSES` where all before was none."""
        text = self._held + piece
        if not self._begun and self._until is None and self._may_announce(text):
            self._held = text
            return ""
        at = _known_until(text)
        if self._until and self._until not in text:  # its end may be words, of which some are there
            at = min(at, max(0, len(text) - len(self._until) + 1))
        self._held = text[at:]
        return self._said(text[:at])

    def end(self) -> str:
        """The rest, with what looked like the beginning of a token; nothing of a thought that has no end."""
        text, self._held = self._held, ""
        return self._said(text)

    def _may_announce(self, text: str) -> bool:
        """Whether a reply's first words may still turn out to open a thought. Notes the thought that they do open."""
        start = text.lstrip()
        for opens, closes in (*_SPELLED, (_LEAKED, _LEAKED_END)):
            if start.startswith(opens) and (opens != _LEAKED or start[len(opens) : len(opens) + 1].isupper()):
                self.thought, self._until = True, closes
                return False
            if start and (opens.startswith(start) or start == opens):
                return True
        return False

    def _said(self, text: str) -> str:
        """What a text that ends in no token's middle says."""
        out: list[str] = []
        at = 0
        while at < len(text) and not self._over:
            if self._until is not None:
                at = self._ended(text, at)
                continue
            match = _PIECE.search(text, at)
            self._say(out, text[at : match.start() if match else len(text)])
            if match is None:
                break
            at = match.end()
            self._heed(match, out)
        return "".join(out)

    def _say(self, out: list[str], text: str) -> None:
        self._begun = self._begun or text.lstrip()[:1]
        out.append(text)

    def _heed(self, match: re.Match[str], out: list[str]) -> None:
        """What a token means for what follows it."""
        channel = (match["channel"] or "").lower()
        role = (match["role"] or "").strip().lower()
        if match["open"] or (match["header"] and channel != "final"):
            self.thought, self._until = True, "<|end|>" if match["header"] or match["open"] == "<|think|>" else ""
        elif match["close"] or match["header"]:
            self._restart(out)
        elif (role and role not in _OURS) or match["speaker"] or match["asks"]:
            self._over = bool(self._begun)  # a model that goes on as the person who asks

    def _restart(self, out: list[str]) -> None:
        """An end of a thought that nothing announced; in a JSON document it is a slip."""
        if self._begun and self._begun not in "{[":
            self.thought, self._begun = True, ""
            out.append(CLOSES)

    def _ended(self, text: str, at: int) -> int:
        """Where the thought that goes on ends, or the text does."""
        if self._until and (found := text.find(self._until, at)) >= 0:
            end, self._until = found + len(self._until), None
            return end
        for match in _PIECE.finditer(text, at):
            if match["close"] or (match["channel"] or "").lower() == "final":
                self._until = None
                return match.end()
        return len(text)


def _known_until(text: str) -> int:
    """Where a token may have begun that is not whole, or has no name yet; the text's length, where none has."""
    near = max(0, len(text) - _LONGEST)
    whole = [match.end() for match in _PIECE.finditer(text, near)]
    found = _UNFINISHED.search(text, whole[-1] if whole else near)
    places = [found.start() if found else len(text)]
    if turn := _OPENS_TURN.search(text, near):
        places.append(turn.start())
    channel = text.rfind("<|channel|>", near)
    if channel >= 0 and "<|message|>" not in text[channel:]:
        places.append(channel)
    return min(places)


def answer_in(text: str) -> str:
    """Of all that a filter gave out, what stands behind the last thought."""
    return text.rpartition(CLOSES)[2].lstrip() if CLOSES in text else text
