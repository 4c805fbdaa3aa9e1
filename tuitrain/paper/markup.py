"""Pieces of a page: text from outside made safe, tables, facts, pictures under captions.

Must not know what the page is about.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from tuitrain.drawing.text import clean, metric, number
from tuitrain.paper.table import Table, Value


def safe(text: object) -> str:
    """Return text from outside as it may stand in a page: nothing in it is markup, or acts, or is invisible."""
    return escape(clean(str(text)))


def written(value: Value) -> str:
    """Return a value of a table: numbers with four decimals where they are no counts, nothing for None."""
    if value is None:
        return ""
    return safe(value if isinstance(value, str) else metric(value) if isinstance(value, float) else number(value))


def table(content: Table, left: Sequence[int] = (0,)) -> str:
    """Return a table; the columns `left` hold words."""
    head = _row("th", map(safe, content.headings), left)
    rows = (_row("td", map(written, row), left) for row in content.rows)
    return framed(f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody>")


def _row(cell: str, values: Iterable[str], left: Sequence[int]) -> str:
    sides = (' class="left"' if place in left else "" for place in range(1000))
    return f"<tr>{''.join(f'<{cell}{side}>{value}</{cell}>' for side, value in zip(sides, values, strict=False))}</tr>"


def framed(rows: str, kind: str = "") -> str:
    """Return rows as a table that scrolls on its own where the page is narrow."""
    return f'<div class="scroll"><table{f" class={kind}" if kind else ""}>{rows}</table></div>'


def part(title: str, content: str, note: str = "", keys: str = "") -> str:
    """Return a titled part of a page, nothing where there is no content; `keys` are markup, as the content is."""
    if not content:
        return ""
    small = f"<small>{safe(note)}</small>" if note else ""
    return f'<div class="part"><h3>{safe(title)}{small}{keys}</h3>{content}</div>'


def folded(title: str, content: str, note: str = "") -> str:
    """Return a part that can be opened and closed."""
    small = f"<small>{safe(note)}</small>" if note else ""
    return f"<details><summary>{safe(title)}{small}</summary>{content}</details>"


def facts(told: Mapping[str, str]) -> str:
    """Return names with their values, those without a value left out; both get cleaned."""
    pairs = (f"<div><dt>{safe(name)}</dt><dd>{safe(value)}</dd></div>" for name, value in told.items() if value)
    return f"<dl>{''.join(pairs)}</dl>"


def tile(uris: Sequence[str], caption: str, words: str) -> str:
    """Return a picture, one for light and one for dark pages where there are two, over its caption, which is markup."""
    kinds = ("pixels by-day", "pixels by-night") if len(uris) > 1 else ("pixels",)
    images = (f'<img class="{kind}" alt="{safe(words)}" src="{uri}">' for kind, uri in zip(kinds, uris, strict=False))
    return f"<figure>{''.join(images)}<figcaption>{caption}</figcaption></figure>"


def tag(number: int, colour: str) -> str:
    """Return the number of a run on its colour."""
    return f'<span class="tag" style="background:{colour}">{number}</span>'


def keys(entries: Iterable[tuple[str, str]]) -> str:
    """Return a legend of signs, which are markup, and their words."""
    return f'<span class="keys">{"".join(f"<span>{sign}{safe(words)}</span>" for sign, words in entries)}</span>'


def spot(colour: str) -> str:
    """Return a spot of a colour, for a legend."""
    return f'<span class="spot" style="background:{colour}"></span>'
