"""Points in the plane by class, as of an embedding: dots in class colours, each class named at its middle.

Must not know what was embedded.
"""

import string
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.cells import NONE, Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import CROWDED, NOTHING, say
from tuitrain.drawing.plane import braille, lay
from tuitrain.drawing.surface import ALARM_DARK, ALARM_LIGHT
from tuitrain.drawing.text import label

SIGNS = string.ascii_uppercase + string.ascii_lowercase
SHORT = 2
"""A name of so many cells is the sign of its class."""
LARGEST = 1e300
ROOMY = 60
"""From this width on the names of the classes stand on the right."""
DARK_INK, LIGHT_INK = 0x101214, 0xF4F6F8
PAPER_DARK, PAPER_LIGHT = 0x16191E, 0xF2F3F4
Points = NDArray[np.float64]
Kinds = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Samples(NamedTuple):
    """Samples that can be drawn: place 0..1 [N, 2], class [N], whether wrong [N], and what became of them, or None."""

    shares: Points
    kinds: Kinds
    wrong: Mask
    moved: "Moved | None"


class Moved(NamedTuple):
    """Where samples stood before [N, 2], and which of them were predicted otherwise then [N]."""

    shares: Points
    changed: Mask


def scatter(  # noqa: PLR0917  points, their classes and the place are always all given
    points: ArrayLike,
    classes: ArrayLike,
    names: Sequence[str],
    width: int,
    height: int,
    look: Look,
    *,
    empty: str = NOTHING,
    predictions: ArrayLike | None = None,
    verdict: bool = False,
    before: tuple[ArrayLike, ArrayLike] | None = None,
) -> Lines:
    """Draw points [N, 2] of classes [N] over the whole width and height; a class below 0 is unknown, and grey.

    The sign of a class is its name where all are short, else a letter, and a number where there are more than
    52. It stands at the median of its points; with few colours or in ASCII each point is its first character.
    On the right, or below, the names of the classes are told as far as there is room.

    With `predictions` [N] and `verdict` points are quiet where these are right and crosses where they are wrong. With
    `before`, other points [N, 2] and predictions [N] of the same samples, those that are predicted otherwise now are
    `●`, wrong ones `✗`, and a faint `○` is where each stood in its own picture.
    """
    canvas = Canvas(width, height, look)
    samples = _usable(points, classes, predictions, before)
    if not len(samples.kinds) or canvas.width < 4 or canvas.height < 2:
        say(canvas, CROWDED if len(samples.kinds) else empty)
        return canvas.lines()
    present = np.unique(samples.kinds[samples.kinds >= 0]).tolist()
    signs = _signs(names, present, look)
    right, below = _draw_legend(canvas, names, signs)
    area = Canvas(canvas.width - right, canvas.height - below, look)
    (_draw_dots if look.pixels else _draw_letters)(area, samples.shares, samples.kinds, signs)
    if verdict or before is not None:
        _quieten(area)
    if verdict:
        _draw_wrong(area, samples)
    if samples.moved is not None:
        _draw_moved(area, samples, samples.moved)
    _draw_middles(area, samples.shares, samples.kinds, signs)
    lay(canvas, area, 0, 0)
    return canvas.lines()


def _usable(
    points: ArrayLike, classes: ArrayLike, predictions: ArrayLike | None, before: tuple[ArrayLike, ArrayLike] | None
) -> Samples:
    """Keep the samples that have a place and a class."""
    places, kinds = np.asarray(points, dtype=np.float64).reshape(-1, 2), np.asarray(classes, dtype=np.int64).ravel()
    count = min(len(places), len(kinds))
    known = np.flatnonzero((np.abs(places[:count]) <= LARGEST).all(axis=1))
    guesses = kinds if predictions is None else np.asarray(predictions, dtype=np.int64).ravel()
    moved = None
    if before is not None:
        changed = guesses[known] != np.asarray(before[1], dtype=np.int64).ravel()[known]
        moved = Moved(_shares(np.asarray(before[0], dtype=np.float64).reshape(-1, 2)[known]), changed)
    return Samples(_shares(places[known]), kinds[known], guesses[known] != kinds[known], moved)


def _quieten(canvas: Canvas) -> None:
    """Let what is drawn step back: in half its colour, or as full stops."""
    drawn = canvas.chars != " "
    if not canvas.look.pixels:
        canvas.chars[drawn] = "."
    for colour in np.unique(canvas.foregrounds[drawn]).tolist():
        faint = palette.mix(colour, PAPER_DARK if canvas.look.dark else PAPER_LIGHT, 0.5)
        canvas.foregrounds[drawn & (canvas.foregrounds == colour)] = faint


def _draw_wrong(canvas: Canvas, samples: Samples) -> None:
    """Draw a cross for each sample that is predicted wrong."""
    columns, rows = _cells(samples.shares[samples.wrong], canvas.width, canvas.height)
    sign, colour = "X" if canvas.look.ascii else "✗", ALARM_DARK if canvas.look.dark else ALARM_LIGHT
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        canvas.write(row, column, sign, colour)


def _draw_moved(canvas: Canvas, samples: Samples, moved: Moved) -> None:
    """Draw where the samples that are predicted otherwise now stood, and over that where they are."""
    chosen = np.flatnonzero(moved.changed)
    before, right, wrong = ("o", "@", "X") if canvas.look.ascii else ("○", "●", "✗")
    known = chosen[np.isfinite(moved.shares[chosen]).all(axis=1)]
    columns, rows = _cells(moved.shares[known], canvas.width, canvas.height)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        canvas.write(row, column, before, palette.grey(canvas.look.dark))
    columns, rows = _cells(samples.shares[chosen], canvas.width, canvas.height)
    for index, row, column in zip(chosen.tolist(), rows.tolist(), columns.tolist(), strict=True):
        colour = _colour(int(samples.kinds[index]), canvas.look)
        canvas.write(row, column, wrong if samples.wrong[index] else right, colour)


def _signs(names: Sequence[str], present: Sequence[int], look: Look) -> dict[int, str]:
    """Choose a sign of at most a few cells for each class that has points."""
    own = [label(names[kind], 12, look) if kind < len(names) else "" for kind in present]
    if all(0 < cell_len(name) <= SHORT for name in own) and len(set(own)) == len(own):
        return dict(zip(present, own, strict=True))
    if max(present, default=0) < len(SIGNS):
        return {kind: SIGNS[kind] for kind in present}
    return {kind: str(kind) for kind in present}


def _shares(places: Points) -> Points:
    """Bring points to 0..1 in both directions; all are in the middle where they do not differ."""
    known = places[(np.abs(places) <= LARGEST).all(axis=1)]
    if not len(known):
        return np.full_like(places, np.nan)
    low, high = known.min(axis=0), known.max(axis=0)
    span = high / 2 - low / 2  # halves: the difference of two huge numbers would overflow
    found: Points = np.where(span > 0, (places / 2 - low / 2) / np.where(span > 0, span, 1), 0.5)
    return found


def _cells(shares: Points, columns: int, rows: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the column and the row, from the top, of each point on a grid of that size."""
    across = np.minimum((shares[:, 0] * columns).astype(np.intp), columns - 1)
    return across, rows - 1 - np.minimum((shares[:, 1] * rows).astype(np.intp), rows - 1)


def _owners(canvas: Canvas, shares: Points, kinds: Kinds) -> tuple[NDArray[np.intp], NDArray[np.intp], Kinds]:
    """Find the row, the column and the most frequent class of each cell that has points; known before unknown."""
    columns, rows = _cells(shares, canvas.width, canvas.height)
    cells, counts = np.unique(np.stack([rows * canvas.width + columns, kinds], axis=1), axis=0, return_counts=True)
    order = np.lexsort((counts, cells[:, 1] >= 0, cells[:, 0]))
    last = order[np.append(np.diff(cells[order, 0]) != 0, True)]
    return cells[last, 0] // canvas.width, cells[last, 0] % canvas.width, cells[last, 1]


def _draw_dots(canvas: Canvas, shares: Points, kinds: Kinds, _: dict[int, str]) -> None:
    """Draw each point as a braille dot; a cell has the colour of the class with most points in it."""
    columns, rows = _cells(shares, 2 * canvas.width, 4 * canvas.height)
    dots = np.zeros((4 * canvas.height, 2 * canvas.width), dtype=np.bool_)
    dots[rows, columns] = True
    canvas.chars[:] = braille(dots)
    rows, columns, owners = _owners(canvas, shares, kinds)
    canvas.foregrounds[rows, columns] = [_colour(kind, canvas.look) for kind in owners.tolist()]


def _draw_letters(canvas: Canvas, shares: Points, kinds: Kinds, signs: dict[int, str]) -> None:
    """Draw in each cell the sign of the class with most points in it."""
    rows, columns, owners = _owners(canvas, shares, kinds)
    for row, column, kind in zip(rows.tolist(), columns.tolist(), owners.tolist(), strict=True):
        canvas.write(row, column, signs[kind][0] if kind >= 0 else ".", _colour(kind, canvas.look))


def _colour(kind: int, look: Look) -> int:
    return palette.of_class(kind) if kind >= 0 else palette.grey(look.dark)


def _draw_middles(canvas: Canvas, shares: Points, kinds: Kinds, signs: dict[int, str]) -> None:
    """Write the sign of each class at the median of its points, or in the nearest free place."""
    taken = np.zeros((canvas.height, canvas.width), dtype=np.bool_)
    for kind, sign in signs.items():
        middle = np.median(shares[kinds == kind], axis=0)[None]
        columns, rows = _cells(middle, canvas.width, canvas.height)
        text = f" {sign} " if canvas.look.pixels else f"[{sign}]"
        place = _nearest(taken, int(rows[0]), int(columns[0]), cell_len(text))
        if place is None:
            continue
        row, start = place
        taken[row, start : start + cell_len(text)] = True
        ground = palette.of_class(kind) if canvas.look.pixels else NONE
        ink = DARK_INK if palette.brightness(max(ground, 0)) > 0.18 else LIGHT_INK
        canvas.write(row, start, text, ink if ground != NONE else _colour(kind, canvas.look), ground)


def _nearest(taken: NDArray[np.bool_], row: int, column: int, cells: int) -> tuple[int, int] | None:
    """Find the free stretch of so many cells that is nearest; a line counts as two columns."""
    if cells > taken.shape[1]:
        return None
    free = ~np.lib.stride_tricks.sliding_window_view(taken, cells, axis=1).any(axis=2)
    rows, starts = np.nonzero(free)
    if not len(rows):
        return None
    far = np.hypot(2.0 * (rows - row), starts - (column - cells // 2))
    best = int(far.argmin())
    return int(rows[best]), int(starts[best])


def _draw_legend(canvas: Canvas, names: Sequence[str], signs: dict[int, str]) -> tuple[int, int]:
    """Write the names of the classes beside their signs; return the columns and lines that this takes.

    Names that are signs need no legend.
    """
    look = canvas.look
    entries = [(kind, f"{sign} {label(names[kind], 16, look)}") for kind, sign in signs.items() if kind < len(names)]
    if not entries or all(sign == label(names[kind], 12, look) for kind, sign in signs.items() if kind < len(names)):
        return 0, 0
    widest = max(cell_len(text) for _, text in entries)
    if canvas.width >= ROOMY and len(entries) <= canvas.height:
        for row, (kind, text) in enumerate(entries):
            canvas.write(row, canvas.width - widest, text, palette.of_class(kind))
        return widest + 2, 0
    columns = max((canvas.width + 2) // (widest + 2), 1)
    lines = -(-len(entries) // columns)
    if lines > canvas.height // 4 or widest > canvas.width:
        return 0, 0
    for index, (kind, text) in enumerate(entries):
        row, column = divmod(index, columns)
        canvas.write(canvas.height - lines + row, column * (widest + 2), text, palette.of_class(kind))
    return 0, lines
