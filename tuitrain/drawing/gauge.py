"""Bars and short histories of how full or busy something is. Must not know what that is."""

from collections.abc import Sequence

from tuitrain.drawing.look import Look

EIGHTHS = "▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"
PLAIN = ".:-=+*%#"
"""The same levels in ASCII."""


def bar(share: float, cells: int, look: Look) -> tuple[str, str]:
    """Return the filled part of a bar and the rest of it, together `cells` wide; `share` is clipped to 0..1."""
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8)
    full, part = divmod(eighths, 8)
    if look.ascii:
        full = round(eighths / 8)
        return "#" * full, "." * (cells - full)
    filled = EIGHTHS[-1] * full + (EIGHTHS[part - 1] if part else "")
    return filled, "·" * (cells - len(filled))


def history(shares: Sequence[float | None], rows: int, look: Look) -> list[str]:
    """Return shares (0..1, None unknown) as upright columns, one cell wide, in so many rows from the top down.

    What is known is never blank: the lowest row shows at least the thinnest mark.
    """
    signs = PLAIN if look.ascii else LEVELS
    heights = [None if share is None else max(round(min(max(share, 0.0), 1.0) * rows * 8), 1) for share in shares]
    return ["".join(_cell(height, row, signs) for height in heights) for row in range(rows - 1, -1, -1)]


def _cell(height: int | None, row: int, signs: str) -> str:
    """Return what stands in a row, counted from the bottom, of a column so many eighths high."""
    eighths = 0 if height is None else min(max(height - row * 8, 0), 8)
    return signs[eighths - 1] if eighths else " "
