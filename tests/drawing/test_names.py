import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len

from tuitrain.drawing.look import Look
from tuitrain.drawing.names import distinct

from .pictures import HOSTILE


@given(st.lists(st.text(max_size=12), max_size=12), st.integers(0, 10), st.booleans())
def test_no_name_is_like_another(names: list[str], cells: int, plain: bool) -> None:
    """Whatever the names, each fits, and two are the same only where even a number has no room."""
    found = distinct(names, cells, Look(ascii=plain))
    assert all(cell_len(name) <= cells for name in found)
    assert not plain or all(name.isascii() for name in found)


def test_the_end_tells_them_apart_or_else_the_number() -> None:
    """Names with one beginning keep their end; those with one end as well have their number."""
    assert distinct(["truck", "car"], 5, Look()) == ["truck", "car"]
    assert distinct(["long_truck", "long_train"], 6, Look()) == ["lon…ck", "lon…in"]
    assert distinct(["aaaaaXaaaa", "aaaaaYaaaa"], 6, Look()) == ["aaaa…0", "aaaa…1"]
    assert distinct(["same", "same"], 1, Look(ascii=True)) == ["0", "1"]
    assert distinct(["same"] * 11, 1, Look())[-1] == ""


@pytest.mark.parametrize("cells", [3, 6, 20])
def test_hostile_names(cells: int) -> None:
    """Escapes and markup are words like others."""
    found = distinct([HOSTILE, HOSTILE + "2", "日本語日本語", "日本人日本語"], cells, Look())
    assert len(set(found)) == 4
    assert not any("\x1b" in name for name in found)
