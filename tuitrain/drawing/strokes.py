"""Connected points to braille dots or characters: the only module that knows plotext.

plotext has one global figure, aborts the process on NaN and raises on infinity: it is given finite fractions of
the canvas, under a lock. Must not know axes or colours.
"""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from tuitrain.drawing.cells import Chars
from tuitrain.drawing.series import Floats

_lock = Lock()


def rasterise(strokes: Sequence[tuple[Floats, Floats]], width: int, height: int, marker: str) -> Chars:
    """Draw connected points, given as fractions of the canvas, into [height, width] characters."""
    with _lock:
        figure = _figure()
        figure.clear.data()
        figure.plot_size(width, height)
        # The public draw() walks over every point for its colour, in Python: twice the cost.
        figure._signals._add(_signal(strokes, _marker(marker)))
        rows = figure.build().string(True).split("\n")[:height]
        figure.clear.data()
    return np.array([list(row.ljust(width)[:width]) for row in rows], dtype="<U1").reshape(height, width)


def _signal(strokes: Sequence[tuple[Floats, Floats]], marker: Any) -> Any:
    """Make the plotext signal of several strokes; the public way copies a marker for each point."""
    from plotext._signal.signal import signal_class

    signal = signal_class(sum(len(x) for x, _ in strokes))
    signal._set_marker(marker)
    for x, y in strokes:
        start = signal.length()
        for across, up in zip(x.tolist(), y.tolist(), strict=True):
            signal._append_point(across, up, marker)
        for index in range(start + 1, signal.length()):
            signal._set_connected(index, True)
    return signal


@lru_cache(maxsize=1)
def _figure() -> Any:  # plotext ships no types
    """Prepare the one figure of plotext: bare, uncoloured, of any size, both axes from 0 to 1."""
    import plotext  # a fifth of a second, which the first frame does not wait for

    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    figure.axes(False)
    figure.legend(False)
    figure.canvas("default")
    for axis in ("x", "y"):
        figure.ruler(axis).lim(0, 1).alignment("edge").frequency(0)
    return figure


@lru_cache(maxsize=16)
def _marker(sign: str) -> Any:
    import plotext

    return plotext.marker(sign)
