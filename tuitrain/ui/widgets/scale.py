"""Which values a chart shows: all of what is drawn, or without outliers, and the same ones as long as they do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuitrain.drawing.axes import LARGEST, Range, steady
from tuitrain.drawing.curves import Curve, Shade
from tuitrain.drawing.series import Floats, usual

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tuitrain.ui.widgets.chart import View


def fitting(curves: Sequence[Curve], shades: Sequence[Shade], view: "View", before: Range | None) -> Range | None:
    """Return the lowest and highest value to show; None where nothing can be drawn. `before`: what was shown."""
    pairs = [(curve.x, curve.y) for curve in curves]
    pairs += [(shade.x, edge) for shade in shades for edge in (shade.lows, shade.highs)]
    seen = [_seen(x, y, view) for x, y in pairs]
    values = np.concatenate([*seen, np.empty(0)])
    if not len(values):
        return None
    wanted = (float(values.min()), float(values.max())) if view.outliers else usual(values)
    if not view.log_y:
        return steady(before, wanted)
    found = steady(_powers(before), _powers(wanted))
    return (float(10.0 ** found[0]), float(10.0 ** found[1])) if found else None


def _seen(x: "ArrayLike", y: "ArrayLike", view: "View") -> Floats:
    """Return the values that can be drawn in the part that is shown."""
    across, up = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    kept = np.abs(up) <= LARGEST
    if view.limits is not None:
        kept &= (across >= view.limits[0]) & (across <= view.limits[1])
    if view.log_y:
        kept &= up > 1 / LARGEST
    found: Floats = up[kept]
    return found


def _powers(limits: Range | None) -> Range | None:
    return (float(np.log10(limits[0])), float(np.log10(limits[1]))) if limits else None
