"""The colours of the cockpit, as hex strings for words and curves and as packed 0xRRGGBB for cells.

Hues follow Okabe and Ito (Color Universal Design, 2008), shifted to a brightness that reads on dark and on
light backgrounds. Must not know what is drawn with them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuitrain.drawing.cells import NONE, Colours

SERIES = ("#2e90e0", "#d07400", "#0f9f76", "#cc61a0", "#8a7ae0", "#a08a00", "#d95448", "#1d99a8")
CLASSES = (*SERIES, "#8c7355", "#7c8a99", "#6f9a2a", "#b070c8")
MARKS = "*o+x#%&="
"""One character for each curve where dots cannot tell them apart."""
RAMP = " .:-=+*#%@"
"""From nothing to full, in ten steps."""
BELOW, ABOVE = " .-=oO", " .+*#@"
"""Ramps of a diverging scale: negative and positive."""
TEXTURES = ".=:+-~^/%|"
"""The background of each class where there is no colour."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LEVELS = 24
TINTS_DARK = (
    0x005F87, 0x875F00, 0x005F00, 0x87005F, 0x5F5FAF, 0x5F5F00, 0x870000, 0x008787, 0x875F5F, 0x4E4E4E,
    0x5F8700, 0x8700AF,
)  # fmt: skip
TINTS_LIGHT = (
    0xAFD7FF, 0xFFD7AF, 0xAFD7AF, 0xFFD7FF, 0xD7D7FF, 0xFFFFAF, 0xFFD7D7, 0xAFFFFF, 0xD7D7AF, 0xAFD7D7,
    0xD7FFAF, 0xD7AFFF,
)  # fmt: skip
"""Backgrounds for the classes out of the 256 colours of xterm, which blends would miss."""

_SEQUENTIAL = ((10, 14, 32), (28, 52, 104), (40, 98, 132), (58, 146, 128), (140, 188, 96), (250, 232, 140))
_NEGATIVE, _POSITIVE = (58, 140, 224), (226, 92, 50)
_MIDDLE_DARK, _MIDDLE_LIGHT = (22, 24, 28), (246, 246, 242)


def pack(colour: str) -> int:
    """Turn `#rrggbb` into 0xRRGGBB."""
    return int(colour.removeprefix("#"), 16)


def grey(dark: bool) -> int:
    """Give the quiet colour of axes and captions."""
    return 0x808890 if dark else 0x5F6870


def faint(dark: bool) -> int:
    """Give the colour of lines that only guide the eye."""
    return 0x5C656E if dark else 0x868F98


def mix(first: int, second: int, share: float) -> int:
    """Blend two packed colours; `share` 0 is the first, 1 the second."""
    pairs = ((first >> shift & 255, second >> shift & 255) for shift in (16, 8, 0))
    red, green, blue = (round(a + (b - a) * share) for a, b in pairs)
    return red << 16 | green << 8 | blue


def brightness(packed: int) -> float:
    """Give the relative luminance of a colour, 0..1 (WCAG 2.1)."""
    channels: NDArray[np.float64] = np.array([packed >> 16 & 255, packed >> 8 & 255, packed & 255]) / 255
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def series(index: int) -> str:
    """Give the colour of the curve number `index`, starting over after the last."""
    return SERIES[index % len(SERIES)]


def of_class(index: int) -> int:
    """Give the packed colour of a class, starting over after the last."""
    return pack(CLASSES[index % len(CLASSES)])


def levels(values: ArrayLike, count: int) -> NDArray[np.intp]:
    """Quantise 0..1 to 0..count-1; outside is clipped, NaN is 0."""
    clipped = np.clip(np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0), 0, 1)
    return np.minimum((clipped * count).astype(np.intp), count - 1)


def sequential(values: ArrayLike) -> Colours:
    """Colour values 0..1 from dark blue to pale yellow in 24 steps of rising lightness; NaN gives -1."""
    return _look_up(_RAMP_SEQUENTIAL, values)


def diverging(values: ArrayLike, dark: bool = True, depth: int = 24) -> Colours:
    """Colour values -1..1 from blue over the background to red in 25 steps (9 of 256); NaN gives -1."""
    ramp = (_RAMP_DARK if dark else _RAMP_LIGHT) if depth >= 24 else (_FEW_DARK if dark else _FEW_LIGHT)
    return _look_up(ramp, (np.asarray(values, dtype=np.float64) + 1) / 2)


def greys(values: ArrayLike) -> Colours:
    """Colour values 0..1 from black to white in 26 steps, as many as xterm's 256 colours have; NaN gives -1."""
    return _look_up(_GREYS, values)


def rgb(values: NDArray[np.uint8], depth: int = 24) -> Colours:
    """Pack [..., 3] bytes, quantised so that equal cells merge: to 16 steps a channel, or to the 256 of xterm."""
    if depth >= 24:
        return _pack((values.astype(np.int32) >> 4) * 17)
    exact = values.astype(np.int32)
    cube = _CUBE[np.abs(exact[..., None] - _CUBE).argmin(axis=-1)]
    grey = greys(exact.mean(axis=-1) / 255)
    nearer = ((exact - cube) ** 2).sum(axis=-1) < ((exact - (grey & 255)[..., None]) ** 2).sum(axis=-1)
    return np.where(nearer & (np.ptp(cube, axis=-1) > 0), _pack(cube), grey).astype(np.int32)


def _pack(channels: NDArray[np.int32]) -> Colours:
    packed: Colours = channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2]
    return packed


def _look_up(ramp: Colours, values: ArrayLike) -> Colours:
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isnan(array), np.int32(NONE), ramp[levels(array, len(ramp))])


def _ramp(stops: tuple[tuple[int, int, int], ...], count: int) -> Colours:
    at = np.linspace(0, len(stops) - 1, count)
    channels = [np.interp(at, range(len(stops)), channel) for channel in zip(*stops, strict=True)]
    return _pack(np.rint(np.stack(channels, axis=-1)).astype(np.int32))


_CUBE = np.array([0, 95, 135, 175, 215, 255], dtype=np.int32)
"""The steps of a channel in the 6 by 6 by 6 cube of xterm."""
_GREYS = _pack(np.rint(np.linspace(0, 255, 26)).astype(np.int32)[:, None].repeat(3, axis=1))
_RAMP_SEQUENTIAL = _ramp(_SEQUENTIAL, LEVELS)
_RAMP_DARK = _ramp((_NEGATIVE, _MIDDLE_DARK, _POSITIVE), LEVELS + 1)
_RAMP_LIGHT = _ramp((_NEGATIVE, _MIDDLE_LIGHT, _POSITIVE), LEVELS + 1)
_FEW_DARK = np.array(
    [0x5FAFFF, 0x0087D7, 0x005FAF, 0x00005F, 0x121212, 0x5F0000, 0x870000, 0xD70000, 0xFF5F5F], dtype=np.int32
)
_FEW_LIGHT = np.array(
    [0x005FAF, 0x0087D7, 0x87AFFF, 0xD7D7FF, 0xFFFFFF, 0xFFD7D7, 0xFF8787, 0xD70000, 0x870000], dtype=np.int32
)
