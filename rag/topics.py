"""What people ask of papers and abstracts often leave out: what it cost, who took part, whether it was a real robot, ablations; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FLAGS = re.IGNORECASE
TOPICS: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    name: (re.compile(asked, _FLAGS), re.compile(told, _FLAGS))
    for name, asked, told in (
        (
            "cost",
            r"\bslow\w*|\bcost\w*|\bcompute\b|\bcomputation\b|\bmemory\b|\boverhead\b|\blatency\b|\bdelay\b|\bexpensive\b|\bfaster\b|"
            r"\bwall[- ]clock|\bgpus?\b|\bhardware\b|\bhow long\b|\bhours\b|\btraining time\b|\bruntime\b|\btake (?:longer|more time)",
            r"\bslow\w*|\bcost\w*|\bcomput(?:e|ation\w*|ing)\b|\bmemory\b|\boverhead\b|\blatency\b|\bdelay\b|\bexpensive\b|\bfast\w*|\bspeed|"
            r"\bgpus?\b|\bcpus?\b|\bhours?\b|\bminutes?\b|\bdays\b|\bseconds\b|\bruntime\b|\bcheap\w*|\blightweight\b|\blaptop\b",
        ),
        (
            "people",
            r"\bpeople\b|\bparticipants?\b|\bvolunteers?\b|\bannotators?\b|\bhuman (?:users?|judges?|raters?|subjects?)\b|\bpersons?\b|"
            r"\bwere (?:they )?paid\b|\bin use\b",
            r"\bhumans?\b|\bpeople\b|\bparticipants?\b|\bannotat\w+|\busers?\b|\braters?\b|\bvolunteers?\b|\bpersons?\b|\bexperts?\b|"
            r"\bclinical\w*|\bpatients?\b",
        ),
        (
            "reality",
            r"\breal (?:robots?|hardware|car|walker|arm|people|world)\b|\bphysical\b|\bin (?:a )?simulat\w+|\bin reality\b|"
            r"\bon real\b|\ba real\b|\bembedded\b|\bhospital",
            r"\breal\b|\breal-world\b|\bphysical\w*|\bsimulat\w+|\bhardware\b|\bin practice\b|\bdeploy\w*",
        ),
        (
            "limits",
            r"\blimitations?\b|\bfalls? short\b|\badmit\w*|\bshortcomings?\b|\bweakness\w*|\bdrawbacks?\b|\bfuture work\b",
            r"\blimit\w*|\bshort\b|\bshortcoming\w*|\bweakness\w*|\bdrawback\w*|\bfail\w*|\bfuture\b|\bhowever\b",
        ),
        (
            "noise",
            r"\bnois[ey]\w*|\bwrong\b|\binaccura\w+|\bcorrupt\w*|\bmistak\w+|\berroneous\b|\bincorrect\w*|\bunreliable\b|\bdrift\w*|"
            r"\bmislabel\w*|\bhold up\b|\bdisturb\w*",
            r"\bnois[ey]\w*|\bwrong\w*|\binaccura\w+|\bcorrupt\w*|\bmistak\w+|\berror\w*|\berroneous\b|\bincorrect\w*|\bunreliable\b|"
            r"\brobust\w*|\bdrift\w*|\bshift\w*|\bdisturb\w*|\bperturb\w*|\bresilien\w*|\bimperfect\w*|\bmismatch\w*",
        ),
        (
            "left_out",
            r"\bleft out\b|\bskip\w*|\bremov\w+|\bablat\w+|\bomit\w*|\btaken away\b|\bis lost\b|\bwhat happens\b.*\bwithout\b",
            r"\bwithout\b|\bremov\w+|\bablat\w+|\bomit\w*|\bskip\w*|\bnecess\w+|\bsuperfluous\b|\balone\b",
        ),
        (
            "further",
            r"\bbesides\b|\bother than\b|\bany other\b|\blonger\b|\blarger (?:than|models?)|\bmore than (?:two|one|three)\b|\bfurther\b|"
            r"\bgoes on\b",
            r"\bany\b|\bbeyond\b|\bfurther\b|\bgenerali[sz]\w*|\btransfer\w*|\bscal(?:e|es|ing|able)\b|\bapplicable\b|"
            r"\bextend\w*|\bplug-and-play\b|\blarger\b|\bacross\b",
        ),
        (
            "proof",
            r"\bsignifican(?:t|ce)\b|\bseeds?\b|\bconfidence\b|\bvariance\b|\bhyper-?parameters?\b|\bexercises?\b|\bprivacy\b|\bconsent\b|"
            r"\bethic\w*|\bprotect\w*|\banonymi\w+|\blicen[cs]e\w*|\bwhat weight\b|\bcoefficient\b|\bfund\w*",
            r"\bsignificance\b|\bseeds?\b|\bconfidence\b|\bvariance\b|\bhyper-?parameters?\b|\bexercises?\b|\bprivacy\b|\bconsent\b|"
            r"\bethic\w*|\bprotect\w*|\banonymi\w+|\blicen[cs]e\w*|\bweigh\w*|\bcoefficient\b|\bfund\w*",
        ),
    )
}  # fmt: skip
"""Topics of questions that abstracts often leave out: the words that ask for one, and the words of which one that tells of it has some."""


def missing_topics(question: str, abstract: str) -> tuple[str, ...]:
    """The topics that a question asks about and of which an abstract (with its title) has no word."""
    return tuple(name for name, (asks, tells) in TOPICS.items() if asks.search(question) and not tells.search(abstract))
