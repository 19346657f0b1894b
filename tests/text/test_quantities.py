"""Numbers in prose, with all that decides which number one is: sign, grouping, scale, unit, rate, and what it is of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.quantities import Number, labelled, numbers

SPACES = (" ", "\u00a0", "\u2007", "\u2009", "\u202f", "\u200a")


def _only(text: str) -> Number:
    (found,) = numbers(text)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,250 nests", 1250), ("1250 nests", 1250), ("12'345 nests", 12345), ("1,234,567.5 nests", 1234567.5), (".05 or so", 0.05),
        ("8,4 points", 8.4), ("8⋅4 points", 8.4), ("8·4 points", 8.4), ("8∙4 points", 8.4), ("0,125 of them", 0.125),
        ("76K examples", 76e3), ("7 million frames", 7e6), ("a 3B-parameter model", 3e9), ("2.7 thousand of them", 2700),
        ("twenty-three of them", 23), ("Twelve of them", 12), ("sixty five of them", 65), ("３４ of them", 34),
        *((f"12{space}345 patients", 12345) for space in SPACES), *((f"1{space}234{space}567 cells", 1234567) for space in SPACES),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(text: str, value: float) -> None:
    assert _only(text).value == value


@pytest.mark.parametrize(("text", "other"), [("groups 2,4 were left out", 4), ("5M of it", 5)])
def test_what_may_be_read_in_two_ways_is(text: str, other: float) -> None:
    assert other in _only(text).values


@pytest.mark.parametrize("minus", "-−–‐‑")
def test_a_minus_is_a_sign_in_each_of_its_forms(minus: str) -> None:
    assert [n.sign for n in numbers(f"{minus}2.4 mmHg, at {minus}80 °C (r = {minus}0.3)")] == [-1, -1, -1]


@pytest.mark.parametrize(
    "text", ["5-10 mg", "1977--80", "2.4–4.9", "IL-6", "day-28", "10^-5", "T^(-1/4)", "6/-8", "(9)-3", "5%-7%"]
)
def test_a_hyphen_a_dash_and_an_exponents_minus_are_none(text: str) -> None:
    assert not any(n.sign for n in numbers(text))


def test_the_lower_bound_of_an_interval_may_be_followed_by_a_negative_one() -> None:
    assert [n.sign for n in numbers("(-9.7 to -4.9) or (-9.7–-4.9) or -9.7, -4.9")] == [-1] * 6


@pytest.mark.parametrize(
    ("text", "name", "base"),
    [
        ("5 µmol/L", "substance", 5e-6), ("5 μmol/L", "substance", 5e-6), ("5 mmol/l", "substance", 5e-3), ("120 ms", "time", 0.12),
        ("3 hours", "time", 10800), ("2-week", "time", 1209600), ("10 mg", "mass", 0.01), ("10\u00a0mg", "mass", 0.01),
        ("10\u202fmg", "mass", 0.01), ("10mg", "mass", 0.01), ("2 kg", "mass", 2000), ("2 cm", "length", 0.02), ("3 km", "length", 3000),
        ("12 metres", "length", 12), ("4 micrograms", "mass", 4e-6), ("10 mM", "concentration", 0.01), ("10 nM", "concentration", 1e-8),
        ("5 ppb", "parts", 5e-9), ("5 ppm", "parts", 5e-6), ("€5", "€", 5), ("$5", "$", 5), ("US$5", "$", 5), ("5 €", "€", 5),
        ("5 euros", "€", 5), ("5 USD", "$", 5), ("97%", "%", 97), ("97 per cent", "%", 97), ("4.83\\%", "%", 4.83), ("3‰", "%", 0.3),
        ("80 °C", "°C", 80), ("80℃", "°C", 80), ("80° F", "°F", 80), ("10-fold", "times", 10), ("0.25X", "times", 0.25),
        ("3 kHz", "frequency", 3000),
        ("24 mmHg", "mmHg", 24), ("5 GB", "bytes", 5e9), ("3 kilometres", "length", 3000), ("3 milliseconds", "time", 0.003),
    ],
)  # fmt: skip
def test_units_are_read_with_their_prefixes(text: str, name: str, base: float) -> None:
    unit = _only(text).unit
    assert unit is not None
    assert unit.name == name
    assert _only(text).value * unit.factor == pytest.approx(base)


@pytest.mark.parametrize(
    "text",
    ["54 patients", "17 continuous tasks", "5 is enough", "3 of them", "$78.13$", "in ${\\sim}$94 cases", "8 max"],
)
def test_a_word_that_is_no_unit_is_none(text: str) -> None:
    assert _only(text).unit is None


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("3 mg per week", "week"), ("3 mg/day", "day"), ("3 mg/kg/d", "day"), ("3 mg daily", "day"), ("5 sessions per week", "week"),
        ("2 tablets each month", "month"), ("10 µm/s", "second"), ("20 g a day", "day"), ("12 visits annually", "year"), ("12 visits", ""),
    ],
)  # fmt: skip
def test_a_rate_is_told_with_its_time(text: str, every: str) -> None:
    assert _only(text).every == every


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("54 ± 9 years", ["", "spread"]), ("54 (SD 9) years", ["", "spread"]), ("54 years (SD = 9)", ["", "spread"]),
        ("54 +/- 9", ["", "spread"]), ("54 (standard deviation of 9)", ["", "spread"]), ("mean (SD) 70.3%(12.5)", ["", "spread"]),
        ("0.74 (0.51 to 1.09)", ["", "bound", "bound"]), ("CI -9.7 to 4.9", ["bound", "bound"]), ("IQR: 3–9", ["bound", "bound"]),
        ("p<0.05", ["chance"]), ("P = .016", ["chance"]), ("p-value below .05", ["chance"]), ("p values all lay above "
                                                                                              ".4", ["chance"]),
        ("P_{trend} ≤ 0.01", ["chance"]), ("more than 5 points over 10", ["", ""]), ("with 2 of 3 (4 in all)", ["", "", ""]),
    ],
)  # fmt: skip
def test_what_a_number_is_of_is_told(text: str, roles: list[str]) -> None:
    assert [n.role for n in numbers(text)] == roles


@pytest.mark.parametrize("text", ["GPT-4", "D4RL", "Qwen2.5-VL", "2D", "H2O", "H₂O", "top-5", "interleukin-6", "Aβ₁"])
def test_a_number_in_a_name_is_told_from_others(text: str) -> None:
    assert all(n.named for n in numbers(text))


@pytest.mark.parametrize("text", ["a tension of opposites", "seventeenth", "the oneness of it", "no number at all", ""])
def test_a_number_word_inside_a_word_is_none(text: str) -> None:
    assert numbers(text) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("top-1 and top-5", {("top", 1), ("top", 5)}), ("interleukin-6/-8", {("interleukin", 6), ("interleukin", 8)}),
        ("day-28/90", {("day", 28), ("day", 90)}), ("phase-2/3", {("phase", 2), ("phase", 3)}), ("phase II", {("phase", 2)}),
        ("a 90-day stay", {("day", 90)}), ("GP(4)", {("gp", 4)}), ("interleukin (IL)-4", {("il", 4)}), ("(IL-) 4", {("il", 4)}),
        ("days 3, 7 and 14", {("days", 3), ("days", 7), ("days", 14)}),
    ],
)  # fmt: skip
def test_names_are_told_with_their_numbers_also_in_lists(text: str, found: set[tuple[str, int]]) -> None:
    assert found <= {(word, number) for word, told, _ in labelled(text) for number in told}


@given(st.text(alphabet="0123456789 .,±-−%/()<>=pmgSDCI€$^{}'×x"))
def test_any_text_is_read(text: str) -> None:
    for number in numbers(text):
        assert number.start <= number.end
    list(labelled(text))


HOSTILE = [
    "1 ± ",
    "9",
    "1 234 ",
    "(1 to 2",
    "95% CI ",
    "p < ",
    "a-1/",
    "1,2",
    "-1",
    "1 mg per ",
    "x",
    "IL-6 and ",
    "$1",
    "1/2/",
    "SD ",
    "±",
    "^",
    "(",
]


@pytest.mark.parametrize("shape", HOSTILE)
def test_the_longest_text_is_read_to_its_end(shape: str) -> None:
    """A second or two; a pattern that looks at each pair or triple of its characters would need hours."""
    text = (shape * 50_000)[:50_000]
    assert all(found.end <= len(text) for found in numbers(f"{text} 7"[-50_000:]))
    list(labelled(text))
