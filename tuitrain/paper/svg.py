"""Cells as SVG: blocks, braille and frames are exact geometry, letters are text held to its columns.

One path holds all rectangles of a colour, so a picture of 3,000 cells has 20 to 90 kB.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from tuitrain.drawing.cells import Lines
from tuitrain.paper.cells import Cell, Paper, cells, size
from tuitrain.paper.shapes import TALL, WIDE, Area, Box, Dot, Shape, Stroke, shapes

FONT = "ui-monospace,'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace"
LETTER = WIDE / 0.602
"""Size of the type: what is 0.602 of it wide, as most monospaced ones are, fills a cell."""
BASE = 12.2
"""How far the foot of letters is below the top of a cell."""
MARGIN = 8.0
Rectangle = tuple[float, float, float, float]


def draw(lines: Lines, on: Paper, title: str = "") -> str:
    """Return an SVG document, 8 by 16 units a cell around which lies a margin."""
    width, height = size(lines)
    wide, tall = width * WIDE + 2 * MARGIN, height * TALL + 2 * MARGIN
    found = list(cells(lines, on))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{tall:g}" viewBox="0 0 {wide:g} {tall:g}">',
        f"<title>{escape(title)}</title>" if title else "",
        f'<rect width="{wide:g}" height="{tall:g}" fill="{_hex(on.ground)}"/>',
        f'<g transform="translate({MARGIN:g} {MARGIN:g})">',
        *_filled(_grounds(found, on)),
        *_shaped(found),
        *_text(found),
        "</g></svg>\n",
    ]
    return "\n".join(filter(None, parts))


def _hex(packed: int) -> str:
    return f"#{packed:06x}"


def _grounds(found: Iterable[Cell], on: Paper) -> dict[tuple[int, float], list[Rectangle]]:
    """Gather the backgrounds that are not the paper's by colour."""
    grounds: dict[tuple[int, float], list[Rectangle]] = defaultdict(list)
    for cell in found:
        if cell.ground != on.ground:
            left, top = cell.column * WIDE, cell.row * TALL
            grounds[cell.ground, 1.0].append((left, top, left + cell.width * WIDE, top + TALL))
    return grounds


def _shaped(found: Iterable[Cell]) -> Iterator[str]:
    """Draw what is no letter, one path for each colour and kind."""
    boxes: dict[tuple[int, float], list[Rectangle]] = defaultdict(list)
    strokes: dict[tuple[int, float], list[str]] = defaultdict(list)
    areas: dict[int, list[str]] = defaultdict(list)
    for cell in found:
        for shape in shapes(cell.character):
            if isinstance(shape, Box):
                boxes[cell.ink, shape.share].append(_moved(shape, cell))
            elif isinstance(shape, Area):
                areas[cell.ink].append(f"M{_path(shape.points, cell)}z")
            else:
                strokes[cell.ink, _width(shape)].append(_line(shape, cell))
    yield from _filled(boxes)
    for (ink, width), lines in strokes.items():
        style = f'fill="none" stroke="{_hex(ink)}" stroke-width="{width:g}" stroke-linecap="round"'
        yield f'<path {style} stroke-linejoin="round" d="{"".join(lines)}"/>'
    for ink, polygons in areas.items():
        yield f'<path fill="{_hex(ink)}" d="{"".join(polygons)}"/>'


def _moved(box: Box, cell: Cell) -> Rectangle:
    left, top = cell.column * WIDE, cell.row * TALL
    return left + box.left, top + box.top, left + box.right, top + box.bottom


def _width(shape: Shape) -> float:
    return shape.size if isinstance(shape, Dot) else shape.width if isinstance(shape, Stroke) else 0.0


def _line(shape: Shape, cell: Cell) -> str:
    """Return a stroke as a path; a dot is one of no length with round ends."""
    if isinstance(shape, Dot):
        return f"M{_path(((shape.x, shape.y),), cell)}h0"
    return f"M{_path(shape.points, cell)}" if isinstance(shape, Stroke) else ""


def _path(points: Iterable[tuple[float, float]], cell: Cell) -> str:
    left, top = cell.column * WIDE, cell.row * TALL
    return "L".join(f"{round(left + x, 2):g} {round(top + y, 2):g}" for x, y in points)


def _filled(boxes: dict[tuple[int, float], list[Rectangle]]) -> Iterator[str]:
    for (colour, share), rectangles in boxes.items():
        d = "".join(
            f"M{left:g} {top:g}h{right - left:g}v{bottom - top:g}h{left - right:g}z"
            for left, top, right, bottom in merged(rectangles)
        )
        opacity = "" if share == 1 else f' fill-opacity="{share:g}"'
        yield f'<path shape-rendering="crispEdges" fill="{_hex(colour)}"{opacity} d="{d}"/>'


def merged(rectangles: Iterable[Rectangle]) -> list[Rectangle]:
    """Join rectangles that touch: first neighbours in a row, then equal ones below each other."""
    rows: list[Rectangle] = []
    for left, top, right, bottom in sorted(rectangles, key=lambda each: (each[1], each[3], each[0])):
        last = rows[-1] if rows else None
        if last and (last[1], last[3]) == (top, bottom) and last[0] <= left <= last[2]:
            rows[-1] = (last[0], top, max(last[2], right), bottom)
        else:
            rows.append((left, top, right, bottom))
    joined: list[Rectangle] = []
    for left, top, right, bottom in sorted(rows, key=lambda each: (each[0], each[2], each[1])):
        last = joined[-1] if joined else None
        if last and (last[0], last[2]) == (left, right) and last[1] <= top <= last[3]:
            joined[-1] = (left, last[1], right, max(last[3], bottom))
        else:
            joined.append((left, top, right, bottom))
    return joined


def _text(found: Iterable[Cell]) -> Iterator[str]:
    """Write the letters in runs of one style, each stretched to exactly its cells."""
    letters = [cell for cell in found if not shapes(cell.character)]
    runs = [run for _, row in groupby(letters, key=lambda cell: cell.row) for run in _runs(row)]
    if runs:
        yield f'<g font-family="{FONT}" font-size="{LETTER:.2f}" style="white-space:pre">'
        yield from map(_run, runs)
        yield "</g>"


def _runs(row: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Cut a row where the style changes, at two spaces, and around what is no Latin letter: its width is the font's."""
    run: list[Cell] = []
    for cell in row:
        last = run[-1] if run else None
        if last and (not _alike(last, cell) or (last.character == cell.character == " ")):
            yield from _trimmed(run)
            run = []
        run.append(cell)
    yield from _trimmed(run)


def _alike(last: Cell, cell: Cell) -> bool:
    plain = ord(last.character) < 0x250 and ord(cell.character) < 0x250
    joined = last.column + last.width == cell.column
    return plain and joined and (cell.character == " " or last[4:] == cell[4:])


def _trimmed(run: list[Cell]) -> Iterator[list[Cell]]:
    while run and run[-1].character == " ":
        run = run[:-1]
    while run and run[0].character == " ":
        run = run[1:]
    if run:
        yield run


def _run(run: list[Cell]) -> str:
    first, last = run[0], run[-1]
    x, y = first.column * WIDE, first.row * TALL + BASE
    length = (last.column + last.width - first.column) * WIDE
    styles = [
        ' font-weight="bold"' if first.bold else "",
        ' font-style="italic"' if first.italic else "",
        ' text-decoration="underline"' if first.underline else "",
    ]
    held = f'textLength="{length:g}" lengthAdjust="spacingAndGlyphs"'
    text = escape("".join(cell.character for cell in run), quote=False)
    return f'<text x="{x:g}" y="{y:g}" {held} fill="{_hex(first.ink)}"{"".join(styles)}>{text}</text>'
