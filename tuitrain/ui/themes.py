"""The two themes, dark and light, and which of them a terminal wants.

Hues follow Okabe and Ito, as drawings do: blue leads, orange marks, and red and green are never the only difference.
Words have a contrast of 4.5 to 1 with every ground they stand on, lines of 3 to 1 (WCAG 2.1).
"""

import os
from collections.abc import Mapping
from typing import Literal

from textual.theme import Theme

Shade = Literal["dark", "light"]
NAMES: dict[Shade, str] = {"dark": "tuitrain", "light": "tuitrain-light"}
DARK = Theme(
    name="tuitrain",
    primary="#4fa3e3",
    secondary="#7c8a99",
    accent="#e0a43a",
    foreground="#d4d8dd",
    background="#101418",
    surface="#14191e",
    panel="#1c2025",
    success="#2bb38a",
    warning="#e0a43a",
    error="#e5675b",
    dark=True,
    variables={"panel-lighten-2": "#5c656e"},  # frames
)
LIGHT = Theme(
    name="tuitrain-light",
    primary="#1667a8",
    secondary="#5a6672",
    accent="#8f5600",
    foreground="#20262c",
    background="#fcfdfe",
    surface="#f4f6f8",
    panel="#ebedef",
    success="#0b6e50",
    warning="#8f5600",
    error="#b5362a",
    dark=False,
    variables={"panel-lighten-2": "#868f98"},
)
THEMES = (DARK, LIGHT)


def said_by_environment(environment: Mapping[str, str] = os.environ) -> Shade | None:
    """Return what COLORFGBG says of the background (`15;0`: number 0 of the terminal's colours); None without it."""
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    if not background.isdecimal():
        return None
    return "light" if int(background) in (7, *range(9, 16)) else "dark"


def said_by_colour(red: float, green: float, blue: float) -> Shade:
    """Return what suits a background of these channels, 0..1."""
    return "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else "dark"
