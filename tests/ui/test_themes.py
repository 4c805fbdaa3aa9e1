from pathlib import Path

import pytest
from cockpits import Given, cockpit, painted, running, text, until
from rich.color import Color
from rich.style import Style
from textual import constants
from textual.theme import Theme

from tuitrain.drawing import palette
from tuitrain.ui import themes
from tuitrain.ui.app import Wishes
from tuitrain.ui.themes import DARK, LIGHT, Shade, said_by_colour, said_by_environment

GROUNDS = ("background", "surface", "panel")
WORDS = ("foreground", "primary", "secondary", "accent", "success", "warning", "error")


def contrast(one: int, other: int) -> float:
    """Return the contrast of two colours (WCAG 2.1)."""
    low, high = sorted(map(palette.brightness, (one, other)))
    return (high + 0.05) / (low + 0.05)


def variable(theme: Theme, name: str) -> int:
    """Return a colour of a theme."""
    variables = theme.to_color_system().generate() | theme.variables
    return palette.pack(variables[name])


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: str(theme.name))
def test_words_and_lines_stand_out(theme: Theme) -> None:
    """Every colour of words has 4.5 to 1 on every ground that words stand on; frames have 3 to 1."""
    for ground in GROUNDS:
        for word in WORDS:
            assert contrast(variable(theme, word), variable(theme, ground)) >= 4.5, (word, ground)
    assert contrast(variable(theme, "panel-lighten-2"), variable(theme, "background")) >= 3


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: str(theme.name))
def test_what_is_drawn_stands_out(theme: Theme) -> None:
    """Curves and axes have 3 to 1 with the background, captions 4.5 to 1."""
    ground = variable(theme, "background")
    for colour in palette.CLASSES:
        assert contrast(palette.pack(colour), ground) >= 3, colour
    assert contrast(palette.faint(theme.dark), ground) >= 3
    assert contrast(palette.grey(theme.dark), ground) >= 4.5


@pytest.mark.parametrize(("written", "shade"), [("15;0", "dark"), ("0;15", "light"), ("0;default;7", "light")])
def test_the_environment_says_what_the_background_is(written: str, shade: Shade) -> None:
    """COLORFGBG ends in the number of the background."""
    assert said_by_environment({"COLORFGBG": written}) == shade


@pytest.mark.parametrize("written", ["", "15;default", ";"])
def test_an_environment_that_says_nothing(written: str) -> None:
    """Without a number nobody knows."""
    assert said_by_environment({"COLORFGBG": written}) is None


def test_the_background_says_which_theme() -> None:
    """Paper is light, solarized's base is dark."""
    assert said_by_colour(1, 1, 0.96) == "light"
    assert said_by_colour(0, 0.17, 0.21) == "dark"


def shaded(folder: Path, shade: Shade) -> Given:
    """Return the cockpit on recorded digits in a theme."""
    app = cockpit(folder, "digits")
    app.wishes = Wishes(shade=shade)
    app.theme = themes.NAMES[shade]
    return app


async def test_a_key_changes_the_theme(tmp_path: Path) -> None:
    """Dark, light, dark again, and drawings with it."""
    app = shaded(tmp_path, "dark")
    async with running(app) as pilot:
        await app.run_action("theme")
        await pilot.pause()
        assert app.theme == "tuitrain-light"
        assert not app.look.dark
        await app.run_action("theme")
        assert app.look.dark


@pytest.mark.parametrize("shade", ["dark", "light"])
@pytest.mark.parametrize(
    ("system", "least"),
    [
        ("truecolor", 3),
        pytest.param("256", 2.4, marks=pytest.mark.slow),
        pytest.param("standard", 1.8, marks=pytest.mark.slow),
    ],
)
async def test_all_that_is_painted_can_be_read(
    tmp_path: Path, shade: Shade, system: str, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No word or number is lost in its ground, whatever the terminal makes of the colours."""
    monkeypatch.setattr(constants, "COLOR_SYSTEM", system)
    app = shaded(tmp_path, shade)
    async with running(app) as pilot:
        await until(pilot, lambda: "finished" in text(app))
        for key in ("1", "5", "8", "3"):
            await pilot.press(key)
            await pilot.pause()
            words = [part for line in painted(app) for part in line if any(map(str.isalnum, part.text)) and part.style]
            assert len(words) > 50
            lost = {part.text for part in words if part.style and shown_contrast(part.style, system) < least}
            assert not lost


def shown_contrast(style: Style, system: str) -> float:
    """Return the contrast of characters with their ground as a terminal of so many colours shows it."""
    number = {"truecolor": 3, "256": 2, "standard": 1}[system]
    if style.color is None or style.bgcolor is None:
        return 21.0
    front, back = (_packed(colour.downgrade(number)) for colour in (style.color, style.bgcolor))
    return contrast(front, back)


def _packed(colour: Color) -> int:
    red, green, blue = colour.get_truecolor()
    return red << 16 | green << 8 | blue
