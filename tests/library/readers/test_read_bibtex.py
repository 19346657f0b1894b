"""BibTeX and BibLaTeX as programs and people write it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.types import Paper, Skipped, WithoutAbstract

Read = Callable[..., tuple[list[Paper], list[Skipped]]]


def entry(**fields: str) -> str:
    told = {"title": "A title", "abstract": "It works.", **fields}
    return "@article{key,\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in told.items()) + "}\n"


def test_an_entry_gives_all_that_a_paper_has(read: Read) -> None:
    text = r"""% Encoding: UTF-8
@string{pets = "Journal of Pets"}
@Article{lovelace2017,
  author   = {Lovelace, Ada and G{\"o}del, Kurt and {The Cat Group} and others},
  title    = {{Telling {Cats} from Dogs} --- a {DNA} Study},
  journal  = pets # { (Online)},
  year     = 2017,
  month    = jan,
  doi      = {10.1234/pets\_1},
  url      = {https://example.org/a\_b},
  note     = {PMID: 1234},
  eprint   = {1701.00001},
  archiveprefix = {arXiv},
  abstract = {We tell 50\% of cats from dogs, where CO$_2$ and
    $\alpha < 0.05$ hold.

    Na{\"i}ve cats don't.},
}
"""
    papers, skipped = read(text)
    assert not skipped
    (paper,) = papers
    assert paper.title == "Telling Cats from Dogs — a DNA Study"
    assert paper.authors == ("Lovelace, Ada", "Gödel, Kurt", "The Cat Group")
    assert (paper.venue, paper.year) == ("Journal of Pets (Online)", 2017)
    assert (paper.doi, paper.pmid, paper.arxiv_id) == ("10.1234/pets_1", "1234", "1701.00001")
    assert paper.url == "https://example.org/a_b"
    assert paper.abstract == "We tell 50% of cats from dogs, where CO2 and α < 0.05 hold.\n\nNaïve cats don't."


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (r"{\'E}tude", "Étude"),
        (r"\'Etude", "Étude"),
        (r"\v{C}apek and \c{c}", "Čapek and ç"),
        (r"Stra{\ss}e", "Straße"),
        (r"na\"{\i}ve", "naïve"),
        (r"\emph{in vivo} \textbf{bold}", "in vivo bold"),
        (r"``quoted'' and it's", "“quoted” and it's"),
        (r"Fig.~1, pages 1--2", "Fig. 1, pages 1–2"),
        (r"$p\leq 0.05$, $>$5", "p≤0.05, >5"),
        (r"10$^{-5}$ mol, $O(n^2)$, $\sim$5", "10⁻⁵ mol, O(n²), ∼5"),
        (r"$\frac{a}{b}$ of $x_i$", r"$\frac{a}{b}$ of $x_i$"),
        ("a price of $5 and $6", "a price of $5 and $6"),
        (r"\unknown{kept} words", r"\unknownkept words"),
        (r"R\&D, 5 \%, a\_b, \#1, \$2", "R&D, 5 %, a_b, #1, $2"),
        (r"\href{http://a.b}{shown}", "shown"),
        ("über <i>E. coli</i> &amp; CO<sub>2</sub>", "über E. coli & CO2"),
    ],
)
def test_tex_becomes_the_characters_that_it_stands_for(written: str, read_as: str, read: Read) -> None:
    (paper,) = read(entry(abstract=f"Begins {written} ends."))[0]
    assert paper.abstract == f"Begins {read_as} ends."


def test_a_broken_entry_is_told_by_its_key_and_line_and_costs_only_itself(read: Read) -> None:
    text = (
        entry()
        + "@book{broken,\n  title = {Never closed,\n  year = 2000\n\n@misc{last,\n title = {Last}, abstract = {It is "
        "here.}}\n"
    )
    papers, skipped = read(text)
    assert [paper.title for paper in papers] == ["A title", "Last"]
    (only,) = skipped
    assert only.where.endswith("input.txt:5 (broken)")
    assert "malformed entry" in only.why
    assert "close its braces" in only.why


def test_what_is_no_entry_is_passed_over(read: Read) -> None:
    text = (
        "A word before.\n@comment{jabref-meta: databaseType:bibtex;}\n@preamble{{\\newcommand{}}}\n"
        + entry()
        + "@string{a = {b}}\n"
    )
    papers, skipped = read(text, "library.bib")
    assert len(papers) == 1
    assert not skipped


def test_a_name_that_is_not_defined_stands_for_itself_and_one_defined_later_does_not_count(read: Read) -> None:
    (paper,) = read(
        "@article{k, title={T}, abstract={It is.}, journal = jacs, year = 1999}\n@string{jacs = {Later}}\n"
    )[0]
    assert (paper.venue, paper.year) == ("jacs", 1999)


def test_parents_give_what_their_children_lack_wherever_they_stand(read: Read) -> None:
    child = '@inproceedings(child, title="Child", abstract="It grows.", crossref={parent}, author="A. B. and C, D")\n'
    parent = "@proceedings{parent, title={Proceedings of Pets}, year={2001}, abstract={None of it.}}\n"
    for text in (child + parent, parent + child):
        papers, _ = read(text)
        (paper,) = (paper for paper in papers if paper.title == "Child")
        assert (paper.venue, paper.year, paper.authors) == ("Proceedings of Pets", 2001, ("A. B.", "C, D"))


def test_biblatex_is_read(read: Read) -> None:
    text = (
        "@online{k, title={Main}, subtitle={Sub}, date={2020-05-01}, journaltitle={J}, eprint={2005.00001}, "
        "eprinttype={arxiv}, "
        "abstract={It is.}, author={family=Doe, given=Jane}}\n"
    )
    (paper,) = read(text)[0]
    assert (paper.title, paper.year, paper.venue, paper.arxiv_id) == ("Main: Sub", 2020, "J", "2005.00001")
    assert paper.authors == ("Doe, Jane",)


def test_an_entry_without_a_key_or_with_a_field_twice_is_read(read: Read) -> None:
    papers, skipped = read(
        "@article{\n title={One}, abstract={It is.}}\n@misc{k, title={Two}, abstract={It is.}, abstract={Again.}}\n"
    )
    assert [paper.title for paper in papers] == ["One", "Two"]
    assert not skipped


def test_entries_in_one_line_and_headings_in_lines_of_their_own_are_seen(read: Read) -> None:
    papers, skipped = read(
        "@a{x, title={One}, abstract={It is.}} @b{y, title={Two}, abstract={It is.}}\n@c{z, title={Three}, "
        "abstract={It is.}}"
    )
    assert [paper.title for paper in papers] == ["One", "Two", "Three"]
    assert not skipped
    (paper,) = read(entry(abstract="Background\n  It is\n  so.\n  Methods:\n  As ever.\n\n  Results\n\n  It works."))[0]
    assert paper.abstract == "Background: It is so.\n\nMethods: As ever.\n\nResults: It works."


def test_an_entry_without_an_abstract_is_counted_apart(read: Read) -> None:
    papers, skipped = read("@article{k, title={One}, year=2000}\n" + entry(abstract="No abstract available."))
    assert not papers
    assert all(isinstance(item, WithoutAbstract) for item in skipped)
    assert [item.where.rpartition(":")[2] for item in skipped] == ["1 (k)", "2 (key)"]


def test_an_at_sign_at_the_start_of_a_line_or_a_brace_too_many_is_no_disaster(read: Read) -> None:
    papers, _ = read(entry(abstract="Mail\n@home or a@b.c.") + entry(title="Two").replace("A title", "Two"))
    assert papers[-1].title == "Two"
    papers, _ = read(entry() + "}}\n" + entry(title="Two"))
    assert [paper.title for paper in papers] == ["A title", "Two"]


@pytest.mark.parametrize(
    "bad", ["{" * 50_000, "\\'{" * 20_000, "$" * 50_000, '"' * 50_001, "@" * 50_000, "$_{" * 20_000, "\n@a{" * 5_000]
)
def test_time_grows_with_the_text_only(bad: str, read: Read) -> None:
    read(f"@article{{k, title={{T}}, abstract={{{bad}}}}}\n")
    read(f"@article{{k, title={{T}}, abstract={{{bad}}}, crossref={{a}}")
