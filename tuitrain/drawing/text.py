"""Words and numbers for narrow places: the one sanitiser of text from outside, shortening, number formats.

Must not know where the text is shown.
"""

import math
import re
import unicodedata

from rich.cells import cell_len, get_character_cell_size

from tuitrain.drawing.look import Look

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def clean(text: str) -> str:
    r"""Make text from outside safe to show: what acts on the terminal or cannot be seen becomes an escape.

    Control characters (C0, DEL, C1), bidirectional controls, invisible characters, line separators and lone
    surrogates turn into the likes of `\x1b` and `\u202e`; everything else is left as it is.
    """
    return _UNSAFE.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def fold(text: str) -> str:
    """Bring text down to ASCII: accents fall off, what has no ASCII form becomes `?`."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join("?" if ord(c) > 127 else c for c in letters if not unicodedata.combining(c))


def shorten(text: str, cells: int, *, ascii: bool = False) -> str:  # noqa: A002  the name that Look has
    """Cut text to at most `cells` cells; a cut shows as `…` (`~` in ASCII)."""
    if cell_len(text) <= cells:
        return text
    if cells <= 0:
        return ""
    kept, room = "", cells - 1
    for character in text:
        room -= get_character_cell_size(character)
        if room < 0:
            break
        kept += character
    return kept + ("~" if ascii else "…")


def label(text: str, cells: int, look: Look) -> str:
    """Make a label from outside fit: cleaned, in ASCII where asked, at most `cells` cells wide."""
    safe = clean(text)
    return shorten(fold(safe) if look.ascii else safe, cells, ascii=look.ascii)


def number(value: float) -> str:
    """Write a number for people: `0.973`, `12.35`, `222,360`, `1e-4`; about four digits, integers whole."""
    if not math.isfinite(value):
        return str(float(value))
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    size = abs(value)
    if size < 1e-3 or size >= 1e7:
        return _power(value)
    if size >= 1000:
        return f"{value:,.0f}"
    significant = 4 if size >= 1 else 3
    decimals = significant - 1 - math.floor(math.log10(size))
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def metric(value: float | None) -> str:
    """Write a metric with four decimals, so that a column of them lines up; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 1e4 else number(value)


def _power(value: float) -> str:
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def duration(seconds: float) -> str:
    """Write a time span as `00:41` or `1:02:03`; `--:--` where it is unknown."""
    if not math.isfinite(seconds) or seconds < 0:
        return "--:--"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
