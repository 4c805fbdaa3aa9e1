"""Decision surfaces: the plane tinted by predicted class and confidence, with the points on it.

Must not know the model that was asked.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas, Colours, Lines
from tuitrain.drawing.field import SHORTEST, draw_key
from tuitrain.drawing.look import Look
from tuitrain.drawing.notes import NOTHING, say
from tuitrain.drawing.plane import Extent, Window, braille, edged, lay, outline

SHADES = 5
RIGHT, WRONG, QUIET = "●", "✗", "·"
EMPHASISED = {RIGHT: "◉", WRONG: "⊗", QUIET: "◦"}
DARK, LIGHT = 0x101318, 0xFFFFFF
ALARM_DARK, ALARM_LIGHT = 0xFFB454, 0xC23B00
"""Wrong points where right ones are quiet."""
LINE_DARK, LINE_LIGHT = 0xC8CED4, 0x343A40
"""The contour."""
FLIPPED = "/"
"""The texture of a region that belonged to another class."""
Shown = Literal["classes", "right and wrong", "confidence"]


class Ground(NamedTuple):
    """What lies under the points: the most probable class, its probability 0..1, and the class before, or None."""

    kinds: NDArray[np.int64]
    sure: NDArray[np.float64]
    before: NDArray[np.int64] | None


class Sign(NamedTuple):
    """A point as it is drawn: its character and its colour."""

    character: str
    colour: int


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
    seen: Extent | None = None,
    shown: Shown = "classes",
    before: ArrayLike | None = None,
) -> Lines:
    """Draw a grid of predicted classes [G, G] (row 0 at the bottom) with points [N, 2] of labels [N] on it.

    `confidence` [G, G] is 0..255; `extent` is (x0, x1, y0, y1), and `seen` the part of it that is drawn. The paler
    the tint, the less sure the model; a contour runs where the largest probability is a half, which for two classes
    is their boundary. Points have the colour of their label, `●` where predicted right, `✗` where wrong. With few
    colours or in ASCII the background is a texture for each class, full where sure, thinned out and then blank
    towards the boundary, and points are letters: `A` for class 0 predicted right, `a` predicted wrong.
    Points whose indices are in `special`, such as support vectors, lie on top as `◉` and `⊗`, or as letters in
    brackets. With `before` [G, G], the classes of another model, the regions that flipped are hatched in the colour
    that they had. Shown as "right and wrong" only wrong points stand out; "confidence" is the probability alone.
    """
    canvas = Canvas(width, height, look)
    ground = _ground(classes, confidence, before)
    if not ground.kinds.size or canvas.width < 1 or canvas.height < 1:
        say(canvas, NOTHING)
        return canvas.lines()
    window = Window(extent, seen)
    key = Canvas(width, 1 if shown == "confidence" and canvas.height >= SHORTEST else 0, look)
    draw_key(key, (_least(ground), 1.0), "sequential", "probability of the class predicted")
    outer = Canvas(width, canvas.height - key.height, look)
    inner, left = edged(outer, window)
    _draw_ground(inner, window, ground, shown)
    if shown != "confidence":
        signs = _signs(labels, predictions, shown, look)
        chosen = set(np.asarray(special, dtype=np.int64).ravel().tolist())
        _draw_points(inner, window, np.asarray(points, dtype=np.float64).reshape(-1, 2), signs, chosen)
    lay(outer, inner, 0, left)
    return outer.lines() + key.lines()


def flipped(classes: ArrayLike, before: ArrayLike) -> float:
    """Give the share of the plane whose class is another than before."""
    return float(np.mean(np.asarray(classes) != np.asarray(before)))


def _ground(classes: ArrayLike, confidence: ArrayLike, before: ArrayLike | None) -> Ground:
    kinds, sure = np.asarray(classes, dtype=np.int64), np.asarray(confidence, dtype=np.float64)
    sure = np.clip(np.nan_to_num(sure, nan=0.0), 0, 255) / 255
    return Ground(kinds, sure, None if before is None else np.asarray(before, dtype=np.int64))


def _draw_ground(canvas: Canvas, window: Window, ground: Ground, shown: Shown) -> None:
    """Draw background, contour and what flipped."""
    if shown == "confidence":
        _draw_confidence(canvas, window, ground)
    elif canvas.look.pixels:
        _draw_tints(canvas, window, ground, quiet=shown == "right and wrong" or ground.before is not None)
    else:
        _draw_textures(canvas, window, ground)
    _draw_contour(canvas, window, ground)
    if ground.before is not None and shown != "confidence":
        _draw_flipped(canvas, window, ground)


def _draw_tints(canvas: Canvas, window: Window, ground: Ground, *, quiet: bool) -> None:
    kinds, sure = window.most_probable(ground.kinds, ground.sure, 2 * canvas.height, canvas.width)
    shades = np.minimum((sure * 255).astype(np.intp) * SHADES // 256, SHADES - 1)
    pixels = _tints(canvas.look.dark, canvas.look.depth, quiet)[kinds % len(palette.CLASSES), shades]
    _fill(canvas, pixels)


def _draw_confidence(canvas: Canvas, window: Window, ground: Ground) -> None:
    """Draw the largest probability alone."""
    rows = 2 * canvas.height if canvas.look.pixels else canvas.height
    sure = window.most_probable(ground.kinds, ground.sure, rows, canvas.width)[1]
    least = _least(ground)
    shares = (sure - least) / (1 - least)
    if canvas.look.pixels:
        _fill(canvas, palette.sequential(shares))
    else:
        canvas.chars[:] = np.array(list(palette.RAMP))[palette.levels(shares, len(palette.RAMP))]


def _least(ground: Ground) -> float:
    """Give the lowest probability that the most probable class can have: that of classes all alike."""
    return 1 / max(int(ground.kinds.max()) + 1, 2)


def _fill(canvas: Canvas, pixels: Colours) -> None:
    upper, lower = pixels[0::2], pixels[1::2]
    canvas.chars[:] = np.where(upper == lower, " ", "▀")
    canvas.foregrounds[:] = upper
    canvas.backgrounds[:] = lower


@lru_cache(maxsize=1)
def _class_colours() -> Colours:
    return np.array([palette.of_class(kind) for kind in range(len(palette.CLASSES))], dtype=np.int32)


@lru_cache(maxsize=12)
def _tints(dark: bool, depth: int, quiet: bool) -> Colours:
    """Give the background colours, [class, shade]; of 256 colours each class has one, over bare paper."""
    if depth < 24:
        paper, tints = (0x1C1C1C, palette.TINTS_DARK) if dark else (0xFFFFFF, palette.TINTS_LIGHT)
        return np.array([[paper] * 2 + [tint] * (SHADES - 2) for tint in tints], dtype=np.int32)
    paper, least, most = (DARK, 0.12, 0.46) if dark else (LIGHT, 0.10, 0.45)
    shares = np.linspace(least, most * (0.6 if quiet else 1), SHADES)
    blends = [[palette.mix(paper, palette.pack(colour), share) for share in shares] for colour in palette.CLASSES]
    return np.array(blends, dtype=np.int32)


def _draw_textures(canvas: Canvas, window: Window, ground: Ground) -> None:
    kinds, sure = window.most_probable(ground.kinds, ground.sure, canvas.height, canvas.width)
    seen = (sure >= 2 / 3) | ((sure >= 1 / 3) & _checks(canvas))
    canvas.chars[:] = np.where(seen, np.array(list(palette.TEXTURES))[kinds % len(palette.TEXTURES)], " ")
    if canvas.look.colour:
        canvas.foregrounds[:] = _class_colours()[kinds % len(palette.CLASSES)]


def _checks(canvas: Canvas) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.add.outer(np.arange(canvas.height), np.arange(canvas.width)) % 2 == 0
    return found


def _draw_flipped(canvas: Canvas, window: Window, ground: Ground) -> None:
    """Hatch the cells whose class was another, in its colour, over the full tint of the one they have now."""
    if ground.before is None:
        return
    now = window.nearest(ground.kinds, canvas.height, canvas.width)
    before = window.nearest(ground.before, canvas.height, canvas.width)
    other = now != before
    canvas.chars[other & (canvas.look.pixels | _checks(canvas))] = FLIPPED
    if canvas.look.colour:
        canvas.foregrounds[other] = _class_colours()[before % len(palette.CLASSES)][other]
    if canvas.look.pixels:
        tints = _tints(canvas.look.dark, canvas.look.depth, False)[:, -1]
        canvas.backgrounds[other] = tints[now % len(palette.CLASSES)][other]


def _draw_contour(canvas: Canvas, window: Window, ground: Ground) -> None:
    """Draw a line where the largest probability is a half, on the tint of the cell's lower part."""
    fine = (1, 1) if canvas.look.ascii else (4, 2)
    kinds, sure = window.most_probable(ground.kinds, ground.sure, fine[0] * canvas.height, fine[1] * canvas.width)
    dots = outline(np.where(sure >= 0.5 - 1e-6, kinds, -1))
    signs = np.where(dots, "#", " ") if canvas.look.ascii else braille(dots)
    drawn = signs != " "
    canvas.chars[drawn] = signs[drawn]
    canvas.foregrounds[drawn] = LINE_DARK if canvas.look.dark else LINE_LIGHT


def _signs(labels: ArrayLike, predictions: ArrayLike | None, shown: Shown, look: Look) -> list[Sign]:
    """Give each point its character and its colour."""
    truth = np.asarray(labels, dtype=np.int64).ravel()
    right = np.ones(len(truth), dtype=bool) if predictions is None else np.asarray(predictions).ravel() == truth
    pairs = zip(truth.tolist(), right.tolist(), strict=True)
    if shown == "right and wrong":
        return [_verdict(hit, look) for _, hit in pairs]
    if look.pixels:
        return [Sign(RIGHT if hit else WRONG, _point_colour(kind, not hit, look)) for kind, hit in pairs]
    return [Sign(_letter(kind, hit), _point_colour(kind, False, look)) for kind, hit in pairs]


def _verdict(hit: bool, look: Look) -> Sign:
    """Draw a right point quietly and a wrong one so that it is seen from afar."""
    if hit:
        return Sign(QUIET if look.pixels else "o", palette.grey(look.dark))
    return Sign(WRONG if look.pixels else "X", ALARM_DARK if look.dark else ALARM_LIGHT)


def _letter(kind: int, hit: bool) -> str:
    letter = palette.LETTERS[kind % len(palette.LETTERS)]
    return letter if hit else letter.lower()


def _draw_points(
    canvas: Canvas, window: Window, points: NDArray[np.float64], signs: list[Sign], special: set[int]
) -> None:
    """Draw the points, wrong ones over right ones and special ones on top."""
    inside, rows, columns = window.place(canvas, points)
    order = sorted(range(len(inside)), key=lambda at: (int(inside[at]) in special, _rank(signs[int(inside[at])])))
    for at in order:
        index, row, column = int(inside[at]), int(rows[at]), int(columns[at])
        sign, colour = signs[index]
        if index in special and not canvas.look.pixels:
            canvas.write(row, column - 1, f"({sign})", colour)
        else:
            special_sign = EMPHASISED.get(sign, sign) if index in special else sign
            canvas.write(row, column, special_sign, _bright(colour, canvas.look) if index in special else colour)


def _rank(sign: Sign) -> bool:
    return sign.character in {WRONG, "X"}


@lru_cache(maxsize=256)
def _point_colour(kind: int, wrong: bool, look: Look) -> int:
    ink, share = (0xFFFFFF, 0.45) if look.dark else (0x000000, 0.3)
    return palette.mix(palette.of_class(kind), ink, share + 0.2 * wrong)


@lru_cache(maxsize=256)
def _bright(colour: int, look: Look) -> int:
    return palette.mix(colour, 0xFFFFFF if look.dark else 0x000000, 0.3)
