import numpy as np
import pytest

from tuitrain.drawing import palette
from tuitrain.drawing.palette import brightness


@pytest.mark.parametrize("colour", palette.CLASSES)
def test_every_hue_reads_on_dark_and_on_light(colour: str) -> None:
    """Contrast is at least 3 to 1 (WCAG 2.1, graphics) on near-black and at least 2.7 on white."""
    shine = brightness(palette.pack(colour))
    assert (shine + 0.05) / (brightness(0x101318) + 0.05) >= 3
    assert 1.05 / (shine + 0.05) >= 2.7


def test_hues_differ() -> None:
    """There are at least eight series and ten classes, all different."""
    assert len(set(palette.SERIES)) == len(palette.SERIES) >= 8
    assert len(set(palette.CLASSES)) == len(palette.CLASSES) >= 10


def test_the_sequential_ramp_gets_lighter_all_the_way() -> None:
    """Order can be read from lightness alone, in few levels."""
    colours = palette.sequential(np.linspace(0, 1, 500))
    shines = [brightness(int(colour)) for colour in dict.fromkeys(colours.tolist())]
    assert shines == sorted(shines)
    assert len(shines) == palette.LEVELS


@pytest.mark.parametrize("dark", [True, False])
def test_the_diverging_ramp_is_blue_then_neutral_then_red(dark: bool) -> None:
    """The sign can be read from the hue, and zero is the colour of the paper."""
    low, zero, high = palette.diverging([-1, 0, 1], dark).tolist()
    assert low & 255 > low >> 16 & 255
    assert high >> 16 & 255 > high & 255
    assert (brightness(zero) < 0.05) == dark


def test_unknown_and_far_values() -> None:
    """NaN has no colour; what lies beyond the scale has the colour of its end."""
    assert palette.sequential([np.nan, -5, 9]).tolist() == [-1, *palette.sequential([0, 1]).tolist()]
    assert palette.diverging([np.nan, -np.inf, np.inf]).tolist() == [-1, *palette.diverging([-1, 1]).tolist()]


def test_colours_start_over() -> None:
    """There is a colour for any index."""
    assert palette.series(len(palette.SERIES)) == palette.SERIES[0]
    assert palette.of_class(len(palette.CLASSES) + 1) == palette.pack(palette.CLASSES[1])
