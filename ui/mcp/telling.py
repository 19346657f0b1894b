"""What is found -> plain text for a language model: short, each sentence with its id; pure.

Whoever reads it pays by the token, so no sentence stands twice in one reply, and what is long is cut and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rag.text.display import byline, plain, shown
from rag.text.sentences import split_sentences
from rag.types import Answer, Paper, Passage, Sentence, Source, Verification

MOST_LISTED = 30
"""Papers that one reply names."""
_LONGEST = 8_000
"""Characters of an answer's own text."""
_BEST = 3
"""Sentences that are shown of a paper that was found."""


def told_answer(answer: Answer) -> str:
    """The outcome, the answer with its markers, then the papers under their numbers and the ids of what they say."""
    said = plain(answer.text)
    if len(said) > _LONGEST:
        said = said[:_LONGEST].rsplit("\n", 1)[0] + "\n… (cut; ask for less at once)"
    papers = "\n".join(_cited(source, said) for source in answer.sources[:MOST_LISTED])
    parts = [f"Outcome: {answer.outcome}", said, papers, _more(len(answer.sources))]
    if answer.withheld:
        parts.append(f"Withheld, for no abstract bears it out: {len(answer.withheld)} sentence(s).")
    return "\n\n".join(filter(None, parts))


def told_passages(passages: Sequence[Passage]) -> str:
    """The papers, best first, each with its best sentences."""
    if not passages:
        return "No paper was found."
    return "\n\n".join(
        "\n".join([_line(p.paper), *(_sentence(s.sentence) for s in p.sentences[:_BEST])]) for p in passages
    )


def told_papers(papers: Sequence[Paper], limit: int) -> str:
    """How many there are, then the first of them, a line each."""
    count = f"{len(papers):,} paper{'s' * (len(papers) != 1)}"
    shown_now = f", the first {limit}" if len(papers) > limit else ""
    return "\n".join([f"{count}{shown_now}.", *map(_line, papers[:limit])])


def told_paper(paper: Paper) -> str:
    """A paper's record and its abstract, a line a sentence."""
    head = [_line(paper), f"Link: {shown(paper.link)}" if paper.link else ""]
    if paper.details.status:
        head.append(f"Status: {paper.details.status}")
    sentences = split_sentences(paper.paper_id, paper.abstract)
    return "\n".join([*filter(None, head), "", *map(_sentence, sentences)])


def told_verification(found: Verification, papers: Mapping[str, Paper]) -> str:
    """The verdict, the sentences that decide, and the words that none of them bears out. ``papers``: theirs, by id."""
    lines = [f"Verdict: {found.verdict} (probability that it is supported: {found.score:.2f})"]
    if unsupported := [shown(found.claim[start:end]) for start, end in found.unsupported]:
        lines.append("Words that no sentence bears out: " + "; ".join(unsupported))
    if found.sentences:
        lines.append("" if found.verdict != "not_stated" else "What comes nearest:")
    for paper_id, sentences in _by_paper(found.sentences).items():
        lines += [_line(papers[paper_id]) if paper_id in papers else paper_id, *map(_sentence, sentences)]
    return "\n".join(lines)


def _by_paper(sentences: Iterable[Sentence]) -> dict[str, list[Sentence]]:
    found: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        found.setdefault(sentence.paper_id, []).append(sentence)
    return found


def _cited(source: Source, said: str) -> str:
    """A paper under its number; a sentence that the answer quotes is named by its id only."""
    ids = [s.id for s in source.sentences if shown(s.text) in said]
    others = [_sentence(s) for s in source.sentences if s.id not in ids]
    quoted = [f"  quoted: {', '.join(ids)}"] if ids else []
    return "\n".join([f"[{source.number}] {_line(source.paper)}", *quoted, *others])


def _line(paper: Paper) -> str:
    """``Telling Cats from Dogs (Lund et al., ICRA, 2019) id: doi:10.1/x``; what became of it is said."""
    by = byline(paper)
    told = f" [{paper.details.status}]" if paper.details.status else ""
    return f"{shown(paper.title)}{f' ({by})' if by else ''}{told} id: {paper.paper_id}"


def _sentence(sentence: Sentence) -> str:
    return f"  {sentence.id} “{shown(sentence.text)}”"


def _more(count: int) -> str:
    return f"… and {count - MOST_LISTED:,} more papers." if count > MOST_LISTED else ""
