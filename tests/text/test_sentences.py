"""Abstracts are cut where a reader would cut them, and every cut is an exact address."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.sentences import sentence_spans, split_sentences

# "|" stands where one sentence ends and the next begins; the text itself has a space there, or nothing where "||"
# stands.
ABSTRACTS = {
    "plain": "Planning is slow. | We make it fast. | It works.",
    "no last full stop": "Planning is slow. | We make it fast",
    "one sentence": "Planning is slow",
    "run together after a bracket": "We learn from debate feedback (RLDAF).||This fine-tuning is cheap.",
    "run together after a word": "It halves the cost.||We release it.",
    "run together after a number": "It is built on v2.0.||Then it is tuned.",
    "a version is no end": "We use D4RL v2.0 and Qwen2.5 for that. | It gains 4.5 points.",
    "e.g. and i.e.": "It helps in games, e.g., Go and, i.e. where rules are known, elsewhere. | It is fast.",
    "w.r.t. with a tie": "The loss falls w.r.t.~the policy that acts. | We show why.",
    "et al.": "Smith et al. show this for planning. | Jones et al. (2020) disagree.",
    "Fig. and Eq.": "The gap is seen in Fig. 3 and follows from Eq. 2. | It closes.",
    "vs.": "We test online vs. offline data. | Both help.",
    "initials": "The method of J. R. Smith is used. | It is old.",
    "U.S.": "It was tested in the U.S. and in the U.K. by hand. | The U.S. team won.",
    "enumeration with brackets": "We do three things: 1) collect data; 2) train a model; and 3) act. | It works.",
    "enumeration with full stops": "There are two parts. | 1. A model learns. | 2. A critic judges. | Both matter.",
    "a number belongs to what follows": "RLHF has two flaws: 1. It is slow. | 2. RLHF is unstable. | We mend both.",
    "an address with full stops": "Code is at https://a.b.org/x.y?z=1.2. | Data is there too.",
    "an address at the end": "We release everything. | https://github.com/a.b/c.d",
    "lower-case start": "It works on robots. | we then test it in games. | however it is slow.",
    "a name in lower case": "It builds on GPUs. | iGibson scenes are used.",
    "a species": "Eggs of Ae. aegypti were counted. | There were many.",
    "dots inside brackets": "They took 500 mg (t.i.d.) with food. | The rest did not.",
    "LaTeX": "We use {\\em MuZero} here. | It gains 4.83\\%. | \\method wins.",
    "structured, with colons": "Objective: To test X. | Methods: We ran Y. | Results: It worked.",
    "structured, without full stops": "OBJECTIVE: A test | RESULTS: Good enough.",
    "structured, two words": "It is unclear. | Materials and Methods: We asked 40 people.",
    "a lone label goes with its sentence": "Objective. To see what is seen. | Results. It was seen.",
    "decimals": "It rises from 0.25 to 41.5 percent, p = .02. | That is a lot.",
    "bracket after the full stop": "It works (see below.) | The rest follows.",
    "curly quotes": "We call it “planning.” | Others do not.",
    "questions": "Does it work? | Yes! | It does.",
    "an ordinary word that is no abbreviation": "It was tested in lung cancer. | Of these, most were cured.",
    "an acronym at the end": "They live longer after ART. | Those without it do not.",
    "a unit at the end": "The loss was 2.0 kg. | Weight rose again.",
    "full-width full stops": "方法は単純である。||結果は良い！||なぜか？||次に述べる。",
    "paragraphs": "Planning is slow.\n\n| We make it fast.",
    "line breaks inside": "Planning\nis slow. | We make\nit fast.",
    "ellipsis": "It goes on ... and on. | It ends.",
}


@pytest.mark.parametrize("marked", ABSTRACTS.values(), ids=ABSTRACTS.keys())
def test_an_abstract_is_cut_where_a_reader_would(marked: str) -> None:
    text = marked.replace("||", "").replace("| ", "")
    wanted = [part.strip() for part in marked.replace("||", "|").split("|")]
    assert [text[a:b] for a, b in sentence_spans(text)] == wanted


def test_sentences_are_numbered_from_one_and_know_their_place() -> None:
    first, second = split_sentences("doi:10.1/x", "  One is here. Two follows.")
    assert (first.id, first.start, first.end, first.text) == ("doi:10.1/x:1", 2, 14, "One is here.")
    assert (second.id, second.number, second.text) == ("doi:10.1/x:2", 2, "Two follows.")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u2003"])
def test_nothing_visible_is_no_sentence(text: str) -> None:
    assert split_sentences("x", text) == ()


_PIECES = st.sampled_from(
    [
        *"abXYZ019.!?,;:()[]\"'“”~\\{}%$ \n\t",
        ". ",
        ".\n\n",
        " e.g. ",
        " et al. ",
        " 1) ",
        " 2. ",
        "The ",
        "we ",
        "https://a.b/c. ",
        "METHODS: ",
        "。",
        "é",
        "𝒙",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES).map("".join)))
def test_spans_are_exact_ordered_disjoint_and_leave_nothing_visible_out(text: str) -> None:
    sentences = split_sentences("x", text)
    assert [s.number for s in sentences] == list(range(1, len(sentences) + 1))
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""
    assert all(before.end <= after.start for before, after in pairwise(sentences))
    covered = {i for s in sentences for i in range(s.start, s.end)}
    assert not [c for i, c in enumerate(text) if i not in covered and not c.isspace()]


_LONG = {
    "words": "word ", "letters": "x", "full stops": ".", "spaced full stops": ". ", "initials": "A. ", "brackets": ".)",
    "numbers": "1. ",
    "addresses": "http://a. ", "one address": "http", "newlines": "\n", "quotes": 'a. " ', "labels": "Methods: ",
    "abbreviations": "e.g. ",
    "short words": "abc. ", "digits": "1.", "ideographs": "方", "ideographic full stops": "。", "backquotes": "``",
    "braces": "{\\em ",
}  # fmt: skip


@pytest.mark.parametrize("unit", _LONG.values(), ids=_LONG.keys())
def test_the_longest_abstract_is_split_to_its_end(unit: str) -> None:
    """An abstract of 200,000 characters takes about a second; work that grows with the square would take many
    minutes.
    """
    text = f"{(unit * 200_000)[:200_000].rstrip()} end"
    assert sentence_spans(text)[-1][1] == len(text)


def test_a_name_with_capitals_inside_opens_a_sentence_after_what_looks_like_an_abbreviation() -> None:
    assert [s.text for s in split_sentences("x", "Birds sing at dusk. CallNet hears them.")] == [
        "Birds sing at dusk.",
        "CallNet hears them.",
    ]
