"""Decision surfaces: the plane tinted by predicted class and confidence, with the points on it.

Must not know the model that was asked.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Colours, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import NOTHING, say

SHADES = 5
RIGHT, WRONG = "●", "✗"
EMPHASISED = {RIGHT: "◉", WRONG: "⊗"}
DARK, LIGHT = 0x101318, 0xFFFFFF
Extent = tuple[float, float, float, float]
Indices = NDArray[np.intp]


def surface(  # noqa: PLR0917  a plane, its points and its place are always all given
    classes: ArrayLike,
    confidence: ArrayLike,
    extent: Extent,
    points: ArrayLike,
    labels: ArrayLike,
    predictions: ArrayLike | None,
    width: int,
    height: int,
    look: Look,
    *,
    special: ArrayLike = (),
) -> Lines:
    """Draw a grid of predicted classes [G, G] (row 0 at the bottom) with points [N, 2] of labels [N] on it.

    `confidence` [G, G] is 0..255; `extent` is (x0, x1, y0, y1). The paler the tint, the less sure the model.
    Points have the colour of their label, `●` where predicted right, `✗` where wrong. With few colours or in
    ASCII the background is a texture for each class, full where sure, thinned out and then blank towards the
    boundary, and points are letters: `A` for class 0 predicted right, `a` predicted wrong.
    Points whose indices are in `special`, such as support vectors, lie on top as `◉` and `⊗`, or as letters in
    brackets.
    """
    canvas = Canvas(width, height, look)
    kinds, sure = np.asarray(classes, dtype=np.int64), np.asarray(confidence, dtype=np.int64)
    if not kinds.size or canvas.width < 1 or canvas.height < 1:
        say(canvas, NOTHING)
        return canvas.lines()
    if not look.pixels:
        _draw_textures(canvas, kinds, sure)
    else:
        _draw_tints(canvas, kinds, sure)
    _draw_points(
        canvas,
        extent,
        np.asarray(points, dtype=np.float64).reshape(-1, 2),
        _signs(labels, predictions, look.pixels),
        set(np.asarray(special, dtype=np.int64).ravel().tolist()),
    )
    return canvas.lines()


def sampled(grid: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Pick the nearest grid values for a picture of that size, the top row first."""
    down = ((np.arange(rows) + 0.5) * grid.shape[0] / rows).astype(np.intp)[::-1]
    across = ((np.arange(columns) + 0.5) * grid.shape[1] / columns).astype(np.intp)
    return grid[np.ix_(down, across)]


def _draw_tints(canvas: Canvas, classes: NDArray[np.generic], confidence: NDArray[np.generic]) -> None:
    kinds = sampled(classes, 2 * canvas.height, canvas.width) % len(palette.CLASSES)
    shades = sampled(confidence, 2 * canvas.height, canvas.width) * SHADES // 256
    pixels = _tints(canvas.look.dark, canvas.look.depth)[kinds, shades]
    upper, lower = pixels[0::2], pixels[1::2]
    canvas.chars[:] = np.where(upper == lower, " ", "▀")
    canvas.foregrounds[:] = upper
    canvas.backgrounds[:] = lower


@lru_cache(maxsize=1)
def _class_colours() -> Colours:
    return np.array([palette.of_class(kind) for kind in range(len(palette.CLASSES))], dtype=np.int32)


@lru_cache(maxsize=6)
def _tints(dark: bool, depth: int) -> Colours:
    """Give the background colours, [class, shade]; of 256 colours each class has one, over bare paper."""
    if depth < 24:
        paper, tints = (0x1C1C1C, palette.TINTS_DARK) if dark else (0xFFFFFF, palette.TINTS_LIGHT)
        return np.array([[paper] * 2 + [tint] * (SHADES - 2) for tint in tints], dtype=np.int32)
    paper, least, most = (DARK, 0.12, 0.46) if dark else (LIGHT, 0.10, 0.45)
    shares = np.linspace(least, most, SHADES)
    blends = [[palette.mix(paper, palette.pack(colour), share) for share in shares] for colour in palette.CLASSES]
    return np.array(blends, dtype=np.int32)


def _draw_textures(canvas: Canvas, classes: NDArray[np.generic], confidence: NDArray[np.generic]) -> None:
    kinds = sampled(classes, canvas.height, canvas.width) % len(palette.TEXTURES)
    shades = sampled(confidence, canvas.height, canvas.width)
    checks = np.add.outer(np.arange(canvas.height), np.arange(canvas.width)) % 2 == 0
    seen = (shades >= 170) | ((shades >= 85) & checks)
    canvas.chars[:] = np.where(seen, np.array(list(palette.TEXTURES))[kinds], " ")
    if canvas.look.colour:
        canvas.foregrounds[:] = _class_colours()[kinds]


def _signs(labels: ArrayLike, predictions: ArrayLike | None, pixels: bool) -> list[tuple[str, int]]:
    """Give each point its class and its character."""
    truth = np.asarray(labels, dtype=np.int64).ravel()
    right = np.ones(len(truth), dtype=bool) if predictions is None else np.asarray(predictions).ravel() == truth
    pairs = zip(truth.tolist(), right.tolist(), strict=True)
    if pixels:
        return [(RIGHT if hit else WRONG, kind) for kind, hit in pairs]
    return [(_letter(kind, hit), kind) for kind, hit in pairs]


def _letter(kind: int, hit: bool) -> str:
    letter = palette.LETTERS[kind % len(palette.LETTERS)]
    return letter if hit else letter.lower()


def _draw_points(
    canvas: Canvas, extent: Extent, points: NDArray[np.float64], signs: list[tuple[str, int]], special: set[int]
) -> None:
    inside, rows, columns = place(canvas, extent, points)
    order = sorted(range(len(inside)), key=lambda at: int(inside[at]) in special)
    for at in order:
        index, row, column = int(inside[at]), int(rows[at]), int(columns[at])
        sign, kind = signs[index]
        colour = _point_colour(kind, sign == WRONG, index in special, canvas.look)
        if index in special and not canvas.look.pixels:
            canvas.write(row, column - 1, f"({sign})", colour)
        else:
            canvas.write(row, column, EMPHASISED[sign] if index in special else sign, colour)


def place(canvas: Canvas, extent: Extent, points: NDArray[np.float64]) -> tuple[Indices, Indices, Indices]:
    """Find the indices of the points [N, 2] within the extent, and the row and column of each."""
    x0, x1, y0, y1 = extent
    across = (points[:, 0] - x0) / ((x1 - x0) or 1.0)
    up = (points[:, 1] - y0) / ((y1 - y0) or 1.0)
    inside = np.flatnonzero((across >= 0) & (across <= 1) & (up >= 0) & (up <= 1))
    columns = np.minimum((across[inside] * canvas.width).astype(np.intp), canvas.width - 1)
    rows = canvas.height - 1 - np.minimum((up[inside] * canvas.height).astype(np.intp), canvas.height - 1)
    return inside, rows, columns


@lru_cache(maxsize=256)
def _point_colour(kind: int, wrong: bool, special: bool, look: Look) -> int:
    ink, share = (0xFFFFFF, 0.45) if look.dark else (0x000000, 0.3)
    return palette.mix(palette.of_class(kind), ink, share + 0.2 * wrong + 0.2 * special)
