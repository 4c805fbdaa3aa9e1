"""Horizontal bars with labels and values. Must not know what is counted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Lines
from tuitrain.drawing.look import Look
from tuitrain.drawing.text import label, number

EIGHTHS = " ▏▎▍▌▋▊▉"


def bars(
    values: ArrayLike,
    labels: Sequence[str],
    width: int,
    height: int,
    look: Look,
    *,
    colours: Sequence[str] = palette.CLASSES,
    high: float | None = None,
) -> Lines:
    """Draw one bar a line: label, bar, value; `high` is the value of a full bar, by default the largest.

    Negative and unknown values have no bar. Where not all fit, the last line says how many more there are.
    """
    canvas = Canvas(width, height, look)
    numbers = np.asarray(values, dtype=np.float64).ravel().tolist()
    shown = len(numbers) if len(numbers) <= canvas.height else max(canvas.height - 1, 0)
    names = [label(labels[i] if i < len(labels) else str(i), max(canvas.width // 3, 1), look) for i in range(shown)]
    texts = [number(value) for value in numbers[:shown]]
    left = max(map(cell_len, names), default=0) + 1
    right = max(map(len, texts), default=0)
    room = canvas.width - left - right - 1
    finite = [value for value in numbers if np.isfinite(value)]
    full = high or max(finite, default=0.0) or 1.0
    for row in range(shown):
        canvas.write(row, left - 1 - cell_len(names[row]), names[row], palette.grey(look.dark))
        if room > 0:
            canvas.write(row, canvas.width - len(texts[row]), texts[row])
            bar = _bar(numbers[row] / full, room, look)
            canvas.write(row, left, bar, palette.pack(colours[row % len(colours)]))
    if shown < len(numbers):
        more = label(f"{'~' if look.ascii else '…'} {len(numbers) - shown} more", canvas.width, look)
        canvas.write(canvas.height - 1, 0, more, palette.grey(look.dark))
    return canvas.lines()


def _bar(share: float, cells: int, look: Look) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8) if np.isfinite(share) else 0
    if look.ascii:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
