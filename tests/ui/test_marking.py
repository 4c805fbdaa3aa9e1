"""Marks over the curves: what happens where there are more of them than there is room."""

from tuitrain.drawing.axes import Frame
from tuitrain.ui.widgets.chart import View
from tuitrain.ui.widgets.marking import ALARM, marks

FRAME = Frame(
    left=4, width=100, height=10, x=(0.0, 1000.0), y=(0.0, 1.0), log_x=False, log_y=False, whole=True, clock=False
)


def drawn(*given: tuple[float, str], frame: Frame = FRAME) -> list[tuple[float, str]]:
    """Return place and words of what is drawn."""
    return [(mark.x, mark.label) for mark in marks(View(marks=given), frame)]


def test_marks_far_apart_stay_as_they_are() -> None:
    """Each has its place and its words; what is beyond the part that is shown has none."""
    assert drawn((10, "paused"), (500, "lr 0.1 -> 0.01"), (2000, "paused")) == [(10, "paused"), (500, "lr 0.1 -> 0.01")]
    assert marks(View(marks=((10, "paused"),)), None) == []


def test_marks_close_together_are_one() -> None:
    """They are counted, a setting is told with its last value, and what is bad stands out among them."""
    assert drawn(*((step, "paused") for step in range(0, 70, 10))) == [(0, "paused x7")]
    changed = [(500, "lr 0.1 -> 0.01"), (510, "lr 0.01 -> 0.02"), (520, "momentum 0 -> 0.9"), (530, "restarted")]
    assert drawn(*changed) == [(500, "lr 0.02, momentum 0.9, restarted")]
    assert drawn((500, "paused"), (520, "trouble"), (530, "skipped")) == [(520, "trouble +2")]
    assert marks(View(marks=((500, "paused"), (520, "diverged"))), FRAME)[0].colour == ALARM


def test_hundreds_of_marks_leave_the_curve_to_be_seen() -> None:
    """However many there are, an upright line stands in one of several columns at most; long words are short."""
    many = drawn(*((float(step), f"lr {step} -> {step + 1}") for step in range(1000)))
    assert len(many) <= 100 // 8 + 1
    narrow = FRAME._replace(width=30)
    assert drawn((500, "lr 0.1 -> 0.01"), frame=narrow) == [(500, "lr 0.01")]
    powers = FRAME._replace(x=(0.0, 3.0), log_x=True)
    assert drawn((0, "paused"), (10, "branch"), (100, "diverged"), frame=powers) == [(10, "branch"), (100, "diverged")]
