import math

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len

from tuitrain.drawing.look import Look
from tuitrain.drawing.text import clean, duration, fold, label, number, shorten


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("plain žluťoučký 日本 [bold]", "plain žluťoučký 日本 [bold]"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202etxt", "\\u202etxt"),
        ("a\u200bb\u2028\ufeff", "a\\u200bb\\u2028\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_acts_on_a_terminal_becomes_visible(raw: str, safe: str) -> None:
    """Controls, bidirectional marks, invisible characters and surrogates are escaped, the rest is kept."""
    assert clean(raw) == safe


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_clean_text_can_be_encoded_and_stays_clean(raw: str) -> None:
    """Whatever comes in, what goes out is printable, encodable and cleaned once for all."""
    safe = clean(raw)
    safe.encode()
    assert clean(safe) == safe
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in safe)


@given(st.text(max_size=30), st.integers(-2, 30), st.booleans())
def test_labels_fit(raw: str, cells: int, plain: bool) -> None:
    """A label is never wider than its place, and ASCII where asked."""
    found = label(raw, cells, Look(ascii=plain))
    assert cell_len(found) <= max(cells, 0)
    assert not plain or found.isascii()


def test_shortening_shows_the_cut() -> None:
    """Text that fits is kept; a cut one ends in an ellipsis, `~` in ASCII; wide characters count two."""
    assert shorten("accuracy", 8) == "accuracy"
    assert shorten("accuracy", 5) == "accu…"
    assert shorten("accuracy", 5, ascii=True) == "accu~"
    assert shorten("日本語", 4) == "日…"
    assert shorten("abc", 0) == ""


def test_folding_keeps_letters() -> None:
    """Accents fall off, what has no ASCII form is a question mark."""
    assert fold("žába → 日") == "zaba ? ?"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9731, "0.973"), (222360, "222,360"), (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"),
        (1e-4, "1e-4"), (0.001, "0.001"), (0.05, "0.05"), (12.345678, "12.35"), (0, "0"), (-0.0, "0"),
        (2.3026, "2.303"), (1234.56, "1,235"), (1.5e9 + 0.5, "1.5e9"), (-0.25, "-0.25"), (0.99999, "1"),
        (1e300, "1e300"), (9.99999, "10"), (0.0123, "0.0123"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float, text: str) -> None:
    """About four digits, whole integers with thousands, powers of ten at the ends."""
    assert number(value) == text


@given(st.floats())
def test_every_number_can_be_written(value: float) -> None:
    """No float fails and none gets long."""
    assert len(number(value)) <= 21


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00"),
        (41.9, "00:41"),
        (3723, "1:02:03"),
        (360000, "100:00:00"),
        (math.nan, "--:--"),
        (-1, "--:--"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    """Minutes and seconds, hours where there are any, dashes where unknown."""
    assert duration(seconds) == text
