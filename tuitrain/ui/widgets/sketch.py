"""What a chart draws of its lines: curves, what lies faint below them, and the crosshair, laid out in cells."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tuitrain.drawing.axes import Range
from tuitrain.drawing.curves import Cross, Curve, Plot, Shade, lay
from tuitrain.drawing.look import Look
from tuitrain.ui.widgets.scale import fitting
from tuitrain.ui.widgets.trace import NOISY, Trace, banded, curve, raw, spread, trace

if TYPE_CHECKING:
    from tuitrain.ui.widgets.chart import Band, Line, View

Found = Sequence[tuple["Line", Trace]]
Before = tuple["View", Range]
"""The values that were shown, and when."""


def lay_out(
    lines: Sequence["Line"],
    bands: Sequence["Band"],
    view: "View",
    *,
    size: tuple[int, int],
    look: Look,
    before: Before | None,
) -> tuple[Plot, Before | None]:
    """Lay out lines and bands in cells; also return the values shown, for the next time."""
    front = next((line for line in lines if line.front), next(iter(lines), None))
    found = [(line, trace(line, view, size[0])) for line in lines]
    spans = [banded(band, front, view.by) for band in bands]
    shades = [shade for shade, _ in spans] + spreads(found)
    drawn = curves(found, view) + [mean for _, mean in spans if mean]
    shown = _values(drawn, shades, view, before)
    plot = lay(
        drawn,
        *size,
        look,
        shades=shades,
        x_range=view.limits,
        y_range=shown[1] if shown else None,
        log_x=view.log_x,
        log_y=view.log_y,
        clock=view.by == "time",
    )
    return plot, shown


def curves(found: Found, view: "View") -> list[Curve]:
    """Return the curve of each line, then the points themselves where they lie faint below a smoothed one."""
    noisy = [(line, seen) for line, seen in found if line.split in NOISY and not seen.pieces and view.smoothing < 1]
    return [curve(line, seen, view.by) for line, seen in found] + [raw(line, seen) for line, seen in noisy]


def spreads(found: Found) -> list[Shade]:
    """Return where the points lie of which pieces are the means."""
    return [spread(line, seen) for line, seen in found if line.split in NOISY and seen.pieces]


def _values(drawn: Sequence[Curve], shades: Sequence[Shade], view: "View", before: Before | None) -> Before | None:
    """Choose the values to show: those before as far as they do, unless a person changed what is shown."""
    key = replace(view, limits=None, cursor=None, marks=(), chosen=False)
    found = fitting(drawn, shades, view, before[1] if before and before[0] == key else None)
    return (key, found) if found else None


def cross(lines: Sequence["Line"], view: "View") -> Cross | None:
    """Return the crosshair, with the last point up to it of each line whose run reaches as far."""
    if view.cursor is None:
        return None
    ends: dict[int, float] = {}
    for line in lines:
        ends[id(line.timeline)] = max(ends.get(id(line.timeline), 0), (line.series.last or (0, 0.0))[0])
    reaching = [line for line in lines if view.step(line) <= ends[id(line.timeline)]]
    found = [(line, line.series.at(view.step(line))) for line in sorted(reaching, key=lambda line: line.front)]
    points = [(float(line.timeline.place([at[0]], view.by)[0]), at[1], line.colour) for line, at in found if at]
    return Cross(view.cursor[1], points)


def signs(lines: Sequence["Line"], view: "View", columns: int, look: Look) -> list[str]:
    """Return the character that each line is drawn with."""
    from tuitrain.drawing.curves import legend
    from tuitrain.ui.widgets.trace import style

    if look.colour and not look.ascii:
        drawn = [Curve("", (), (), line.colour, style(line.split)) for line in lines]
    else:  # what else is drawn has signs as well
        drawn = curves([(line, trace(line, view, columns)) for line in lines], view)
    return [sign for sign, _, _ in legend(drawn, look)[: len(lines)]]
