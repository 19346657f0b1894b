"""Words that exclude each other: the two sides of a scale, and groups of which one thing has only one; data, and how to find them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_SIDES = {
    "change": (
        """more increas* rais* grow* grew higher larger bigger greater longer wider gain gains gained boost* amplif* expand* widen* broaden*
        enlarg* inflat* lengthen* doubl* tripl* rise rises rising rose maximi* exceed* surge* multipl* lift*""",
        """less fewer decreas* reduc* lower* smaller shorter narrower shrink* diminish* narrow* minimi* drops dropped fall falls fell cut
        cuts mitigat* alleviat* lessen* shorten* halv* declin* suppress* slash*""",
    ),
    "size": (
        "large larger largest big bigger biggest huge vast enormous extensive substantial* great massive heavy wide broad",
        """small smaller smallest tiny little minimal negligible modest slight* compact lightweight slim insignificant minor limited
        fraction""",
    ),
    "correctness": ("accurate accurately precise* correct*", "inaccurate* imprecise wrong* incorrect*"),
    "strictness": ("strict* tight* rigid* stronger strong", "loos* relax* lax permissiv* weaker weak"),
    "constancy": ("fixed constant unchanged frozen static", "grow* grew chang* vary* varies varied adaptive updated"),
    "length": ("long longest lengthy prolonged", "short shortest brief*"),
    "level": ("high higher highest", "low lower lowest"),
    "supply": ("plentiful abundan* many lot lots numerous", "scarc* few fewer rare sparse"),
    "quality": (
        """better best improv* outperform* surpass* exceed* superior beat beats beating help* benefit* effective* enhanc* strong* robust*
        succeed* success* excel excels useful valuable reliabl* promot* boost* gain gains add adds added lift* advantage* win wins
        strengthen* good well impressive*
        powerful resilient stable safe* competitive preserve* maintain*""",
        """worse degrad* hurt* harm harms harmed harmful harming inferior detract* undermin* weak* fail* useless ineffective* poor*
        underperform* struggl* brittle* fragile unreliab* lose loses lost losing lags lag deteriorat* impair* worsen* suffer* damag*
        drawback* unstable unsafe collapse* overrated bad badly vulnerab* sabotag* erod* break* broke broken stops
        stopped""",
    ),
    "speed": (
        "fast* quick* accelerat* speeds speeding speedup* rapid* swift* hasten* promot* prompt*",
        "slow* delay* decelerat* lag lags impede* hinder* longer sluggish*",
    ),
    "ease": (
        "easy easier easily easiest simple simpler simplif* trivial* straightforward* tractable",
        "hard harder hardest difficult* challeng* struggl* complex* complicat* intractable",
    ),
    "cost": (
        "expensive* cost* demanding intensive heavy prohibitive*",
        "cheap* inexpensive* efficient* economical* affordable frugal lightweight sav*",
    ),
    "favour": (
        "encourag* promot* favour* favor* foster* incentivi* prefer* advocat* recommend*",
        "discourag* prevent* penali* punish* inhibit* block* deter* suppress* forbid* advis* against prohibit* disallow*",
    ),
    "estimate": ("overestimat*", "underestimat*"),
    "attention": (
        "consider* account* address* cover* includ* retain* keep* us uses used using exploit* leverag* employ* adopt* analy* support*",
        "filter* ignor* neglect* overlook* omit* exclud* disregard* discard* drop* remov*",
    ),
}


def _pattern(words: str) -> re.Pattern[str]:
    forms = (re.escape(w[:-1]) + r"\w*" if w.endswith("*") else re.escape(w) for w in words.split())
    return re.compile(rf"^(?:{'|'.join(forms)})$")


POLES = {name: (_pattern(up), _pattern(down)) for name, (up, down) in _SIDES.items()}
# Sorts are set apart by "/", words for one sort by "+".
_GROUPS = tuple(
    tuple(frozenset(sort.split("+")) for sort in group.split("/"))
    for group in """
    online/offline physical+real-world/simulated+simulation+simulator single-turn+single/multi-turn+multiple
    human+people+person+annotator+artist+hand-written+hand-wrote+by-hand/automatic+automated+self-generated+autonomous+machine
    on-policy/off-policy model-free/model-based discrete/continuous synthetic/real/authentic/human dense/sparse
    stochastic/deterministic global/local static/dynamic internal/external finite/infinite forward/backward low-level/high-level
    encoder/decoder first/last shortest/longest strongest/weakest most/least one-step/multi-step/n-step rotation/reflection
    overestimate/underestimate simulated/real unseen/seen upper/lower before/after always/never/sometimes
    past/future penalty/bonus frozen/fine-tuned frozen/trainable frozen/updated raw/processed causal/spurious
    expert/novice/suboptimal/random single-agent/multi-agent single-task/multi-task single/multiple/dual/double/multi
    single-turn/multi-turn single-step/multi-step single-phase/multi-phase single-stage/multi-stage single-modal/multimodal
    day/night positive/negative outcome/process rich/sparse narrow/broad/wide known/unknown familiar/novel
    conservative+cautious/optimistic/aggressive
    pessimistic/optimistic explicit/implicit manual/automatic/autonomous parallel/sequential
    active/passive learned/hand-crafted/fixed/handcrafted/hand-tuned success/failure teacher/student source/target actor/critic
    prior/posterior mean/variance exploration/exploitation majority/minority indoor/outdoor male/female men/women
    malicious/benign cooperative/competitive accept/reject add/remove merge/split
    supervised/unsupervised/self-supervised/semi-supervised labelled/unlabelled labeled/unlabeled
    constant/linear/quadratic/cubic/polynomial/exponential/logarithmic/sublinear open/closed open-source/closed-source/proprietary
    open-domain/closed-domain/task-oriented open-loop/closed-loop reducible/irreducible epistemic/aleatoric visual/proprioceptive
    image-based/state-based pixel-based/state-based text-only/multimodal token-level/sequence-level/sentence-level token/sequence
    step-level/trajectory-level symmetric/asymmetric convex/non-convex constrained/unconstrained linear/nonlinear/non-linear
    bounded/unbounded equal/varying same/different same/separate same/distinct shared+share/separate/individual common/separate
    joint/separate fixed/adaptive/varying/learned stationary/non-stationary stable/unstable necessary/unnecessary/optional
    required/optional centralised/decentralised centralized/decentralized synchronous/asynchronous black-box/white-box
    zero-shot/few-shot interpretable/black-box interpretable/uninterpretable interpretable/opaque heavyweight/lightweight
    heavy/lightweight free/paid public/private left/right north/south winter/summer spring/autumn adults/children old/young
    older/younger increase/decrease upregulate/downregulate activate/inhibit agonist/antagonist acute/chronic dominant/recessive
    elevated/reduced gain/loss inhibit/promote""".split()
)
_DOERS = frozenset("human people person annotator artist hand-written hand-wrote by-hand automatic automated self-generated".split())
_MEMBER: dict[str, dict[int, int]] = {}
"""For each word the groups that it belongs to, with its sort in each."""
for _number, _group in enumerate(_GROUPS):
    for _sort, _words in enumerate(_group):
        for _word in _words:
            _MEMBER.setdefault(_word, {})[_number] = _sort
_WRITTEN = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(re.escape(w).replace(r"\-", "[- ]?") for w in sorted(_MEMBER, key=len, reverse=True))
    + r")(?:s|es|d|ed|ing|ly)?(?![\w])",
    re.IGNORECASE,
)
_SQUEEZED = {word.replace("-", ""): word for word in _MEMBER}
_ORDER = re.compile(r"\bO\(\s*(?P<inside>[^()]*(?:\([^()]*\))?[^()]*)\)")
_ORDERS = {
    "1": "constant",
    "n": "linear",
    "n^2": "quadratic",
    "n2": "quadratic",
    "n²": "quadratic",
    "logn": "logarithmic",
    "log(n)": "logarithmic",
}


@lru_cache(maxsize=4096)
def members(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words of a text that belong to a group, as the group has them, with start and end. O(n) is "linear"."""
    return tuple(_members(text))


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _WRITTEN.finditer(text):
        written = match.group().lower().replace(" ", "-")
        bare = (written, written.removesuffix("s"), re.sub(r"(?:s|es|d|ed|ing|ly)$", "", written))
        word = (
            next((w for w in bare if w in _MEMBER), None)
            or _SQUEEZED.get(bare[-1].replace("-", ""))
            or _SQUEEZED.get(written.replace("-", ""))
        )
        if word:
            yield word, match.start(), match.end()
    for match in _ORDER.finditer(text):
        order = _ORDERS.get(re.sub(r"[\s${}]", "", match["inside"]).lower())
        if order:
            yield order, match.start(), match.end()


def exclude_each_other(a: str, b: str) -> bool:
    """Whether two words as :func:`members` gives them are of different sorts of one group."""
    return any(_MEMBER[b].get(group, sort) != sort for group, sort in _MEMBER[a].items())


def is_of_the_sort(a: str, b: str) -> bool:
    """Whether two words as :func:`members` gives them are one, or two words for one sort."""
    return a == b or any(_MEMBER[b].get(group) == sort for group, sort in _MEMBER[a].items())


def is_doer(word: str) -> bool:
    """Whether a word as :func:`members` gives it tells who did something, and so stands before nothing that it modifies."""
    return word in _DOERS
