"""Arrays of a snapshot as small PNG pictures that stand in a page themselves, as data URIs.

Must not know the page.
"""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tuitrain.drawing import palette
from tuitrain.drawing.look import Look
from tuitrain.drawing.pixels import Palette, colour, extent
from tuitrain.drawing.plane import Window, outline
from tuitrain.paper.cells import paper

Arrays = Mapping[str, Any]
Packed = NDArray[np.int32]
SIDE = 480
"""Pixels along each side of a surface."""
SHADES = 8
"""Steps of confidence: with 12 classes as many colours as a PNG has in a table."""
LEAST, MOST = 0.10, 0.5
"""How much of the colour of its class the ground has, where the model is least and most sure."""
SEAM = 0.8
"""How far a contour is from the ground to the ink."""
HIT, MISS = palette.pack("#2f8fdf"), palette.pack("#e07a1a")
"""Right and wrong in a confusion matrix."""
BLANK = -1


def uri(pixels: Packed, ground: int) -> str:
    """Return packed colours [H, W] as a data URI; -1 is the ground. With at most 256 colours it holds a table."""
    pixels = np.where(pixels == BLANK, ground, pixels)
    colours, places = np.unique(pixels, return_inverse=True)
    channels = np.stack([colours >> 16 & 255, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)
    if len(colours) <= 256:
        image = Image.fromarray(places.reshape(pixels.shape).astype(np.uint8), "P")
        image.putpalette(channels.tobytes())
    else:
        image = Image.fromarray(channels[places.reshape(pixels.shape)], "RGB")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def surface(arrays: Arrays, *, dark: bool) -> str:
    """Return the ground of a decision surface, the class by colour and how sure by strength, with its contour."""
    on = paper(dark=dark)
    kinds, sure = np.asarray(arrays["surface"], dtype=np.int64), np.asarray(arrays["confidence"]) / 255.0
    x0, x1, y0, y1 = map(float, arrays["extent"])
    window = Window((x0, x1, y0, y1))
    found, certain = window.most_probable(kinds, sure, SIDE, SIDE)
    shares = np.linspace(LEAST, MOST, SHADES)
    table = [[palette.mix(on.ground, palette.of_class(kind), share) for share in shares] for kind in range(12)]
    pixels = np.array(table, dtype=np.int32)[found % 12, palette.levels(certain, SHADES)]
    pixels[outline(np.where(certain >= 0.5 - 1e-6, found, -1))] = palette.mix(on.ground, on.ink, SEAM)
    return uri(pixels, on.ground)


def values(grid: NDArray[Any], *, dark: bool) -> str:
    """Return numbers over a plane [G, G], the first row at its foot, from dark to bright."""
    array = Window((0.0, 1.0, 0.0, 1.0)).between(np.asarray(grid, dtype=np.float64), SIDE, SIDE)
    return _painted(array, "sequential", extent(array, "sequential"), dark=dark)


def weights(stack: NDArray[Any], *, dark: bool) -> list[str]:
    """Return each of [N, H, W] weights on one diverging scale; filters [N, 3, H, W] in their own colours."""
    numbers = np.asarray(stack, dtype=np.float64)
    if numbers.ndim == 4:
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        return [photo((each - low) / ((high - low) or 1.0) * 255) for each in numbers]
    scale = extent(numbers, "diverging")
    return [_painted(each, "diverging", scale, dark=dark) for each in numbers]


def _painted(array: NDArray[np.float64], kind: Palette, scale: tuple[float, float], *, dark: bool) -> str:
    low, high = scale
    shares = array / (high or 1.0) if kind == "diverging" else (array - low) / ((high - low) or 1.0)
    return uri(colour(shares, kind, Look(dark=dark)), paper(dark=dark).ground)


def photo(image: NDArray[Any]) -> str:
    """Return an image of bytes, [1, H, W] in grey or [3, H, W] in colour."""
    channels = np.clip(np.nan_to_num(np.asarray(image, dtype=np.float64)), 0, 255).astype(np.int32)
    red, green, blue = channels if len(channels) == 3 else [channels[0]] * 3
    return uri(red << 16 | green << 8 | blue, 0)


def confusion(counts: NDArray[Any], *, dark: bool) -> str:
    """Return a confusion matrix of many classes, a pixel for each pair, shaded by the share of its row."""
    on = paper(dark=dark)
    shares = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    steps = palette.levels(shares, 100)
    ramps = [[palette.mix(on.ground, ink, step / 99) for step in range(100)] for ink in (MISS, HIT)]
    pixels = np.array(ramps, dtype=np.int32)[np.eye(*counts.shape, dtype=np.intp), steps]
    return uri(np.where(counts > 0, pixels, on.ground), on.ground)
