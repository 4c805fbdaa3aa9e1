"""Image files as pixels: any format, size and kind of colour becomes uint8 of one size, many at a time.

It must not know classes or splits.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image

    from tuitrain.datasets.data import Array

ENDINGS = frozenset(
    ".jpg .jpeg .jfif .png .bmp .gif .webp .tif .tiff .ppm .pgm .pbm .pnm .avif .ico .tga".split()  # noqa: SIM905  legible
)
"""The names of image files end like that, in any case."""

Colour = Literal["rgb", "grey"]

_AT_ONCE = 256  # files that threads are given at a time: enough for many cores, few enough to be stopped soon


def decode(path: Path, size: int | tuple[int, int], colour: Colour) -> "Array":
    """Return the pixels [3 or 1, rows, columns] (uint8) of the first frame, turned upright and squeezed to this size.

    `size` is that of a square, or rows and columns. What is transparent is white. Raises whatever the decoder does
    where the file is no image or is damaged.
    """
    import numpy as np
    from PIL import Image, ImageOps

    mode = "RGB" if colour == "rgb" else "L"
    rows, columns = (size, size) if isinstance(size, int) else size
    with Image.open(path) as opened:
        opened.draft(mode, (columns, rows))  # a large JPEG is decoded at a fraction of it, up to ten times as fast
        upright = ImageOps.exif_transpose(_eight_bits(opened))
        opaque = upright.convert(mode) if upright.mode != "RGBA" else _on_white(upright).convert(mode)
        small = opaque.resize((columns, rows), Image.Resampling.BILINEAR)
    pixels = np.asarray(small)
    return pixels[np.newaxis] if colour == "grey" else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _eight_bits(image: "Image") -> "Image":
    """Return the image with eight bits a channel, its transparency (if it has any) in a channel of its own."""
    import numpy as np
    from PIL import Image

    if image.mode in ("F", "I") or image.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        white = next((white for white in (1, 255, 65_535) if values.max() <= white), values.max())
        if image.mode != "F":
            white = max(white, 65_535)  # of whole numbers, 16 bits are meant even where the picture is dark
        return Image.fromarray((values / white * 255).round().clip(0, 255).astype(np.uint8))
    transparent = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA") if transparent else image


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image)


def decoded(paths: Sequence[Path], size: int | tuple[int, int], colour: Colour) -> Iterator["Array | str"]:
    """Yield for each file its pixels [channels, rows, columns], or why it cannot be read; as many at once as cores."""

    def attempt(path: Path) -> "Array | str":
        try:
            return decode(path, size, colour)
        except Exception as error:  # damaged bytes make decoders raise nearly anything; each file is told by name
            return f"{type(error).__name__}: {error}"

    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as threads:
        warnings.simplefilter("ignore")  # remarks on camera data, by the thousand; what cannot be read is told
        yield from _in_order(threads.map, attempt, paths)


def _in_order(
    each: "Callable[..., Iterator[Array | str]]", attempt: "Callable[[Path], Array | str]", paths: Iterable[Path]
) -> Iterator["Array | str"]:
    rest = iter(paths)
    while batch := list(islice(rest, _AT_ONCE)):
        yield from each(attempt, batch)
