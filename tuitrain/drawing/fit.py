"""Regression with one input: the data as points and the fitted curve on the same axes.

Must not know the model that was asked.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from rich.cells import cell_len
from rich.segment import Segment

from tuitrain.drawing import palette
from tuitrain.drawing.axes import LARGEST, Range
from tuitrain.drawing.cells import Canvas, Lines
from tuitrain.drawing.curves import Curve, draw, legend
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import NOTHING
from tuitrain.drawing.series import Floats

KEY = 8
"""From so many lines on the first one tells which sign is what."""

FEW = 20
"""Up to so many points lie over the curve, which would hide them; more would hide the curve."""

SLACK = 0.5
"""How far the curve is shown beyond the points, as a share of their span."""


def fit(  # noqa: PLR0917  points and a curve are always all given
    x: ArrayLike,
    y: ArrayLike,
    grid: ArrayLike,
    prediction: ArrayLike,
    width: int,
    height: int,
    look: Look,
    *,
    held_out: tuple[ArrayLike, ArrayLike] | None = None,
    reference: tuple[ArrayLike, ArrayLike] | None = None,
    empty: str = NOTHING,
) -> Lines:
    """Draw points (x, y) of N samples and the curve (grid, prediction), whose grid rises, over them.

    `held_out` are the x and y of samples that were not trained on, in another colour; `reference` is the curve of
    another model, faint and dashed. The y axis shows all points; a curve that leaves it far is cut.
    """
    points = [Curve("data", x, y, palette.SERIES[0], "points")]
    if held_out is not None:
        points.append(Curve("held out", *held_out, palette.SERIES[2], "rings"))
    model = Curve("model", grid, prediction, palette.SERIES[1])
    curves = [model, *points] if np.size(x) <= FEW else [*points, model]
    if reference is not None:
        curves.insert(0, Curve("best", *reference, palette.SERIES[1], "dashed", faint=True))
    key = [_key(curves, width, look)] if height >= KEY else []
    return key + draw(curves, width, height - len(key), look, y_range=_range(points, model), empty=empty)


def _key(curves: Sequence[Curve], width: int, look: Look) -> list[Segment]:
    """Write one line that names the signs."""
    canvas, column = Canvas(width, 1, look), 0
    for sign, name, colour in legend(curves, look):
        canvas.write(0, column, sign, palette.pack(colour))
        canvas.write(0, column + 2, name, palette.grey(look.dark))
        column += cell_len(name) + 4
    return canvas.lines()[0]


def _range(points: Sequence[Curve], curve: Curve) -> Range | None:
    """Choose the values of y to show: all points, and the curve up to half their span beyond them."""
    model, seen = _finite(curve.y), np.concatenate([_finite(each.y) for each in points])
    if not len(seen):
        return None
    low, high = float(seen.min()), float(seen.max())
    slack = (high - low) * SLACK or abs(high) or 1.0
    far = np.clip(model, low - slack, high + slack)
    margin = slack / 10
    return min(low, float(far.min(initial=low))) - margin, max(high, float(far.max(initial=high))) + margin


def _finite(values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.abs(array) <= LARGEST]
