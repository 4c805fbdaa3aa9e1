"""What a model predicts all over the plane, or over one input: to zoom into, to move over, to compare."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from tuitrain.ui.widgets.picture import Moving

if TYPE_CHECKING:
    from tuitrain.drawing.cells import Lines
    from tuitrain.drawing.plane import Extent
    from tuitrain.drawing.surface import Shown

ZOOMS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
STEPS = {"one": 0.1, "part": 0.5, "page": 1.0}
"""How far a key moves, as a share of what is seen."""
SHOWN: tuple["Shown", ...] = ("classes", "right and wrong", "confidence")
Place = tuple[float, float]


class Surface(Moving):
    """What the model predicts at each point of the plane, or over one input, and the training points on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "zoom(1)", "closer", show=False, tooltip="Less of the plane, closer"),
        Binding("minus", "zoom(-1)", "wider", show=False, tooltip="More of the plane"),
        Binding("left_square_bracket", "go(-1, 0, 'part')", "left", show=False, tooltip="Half of it to the left"),
        Binding("right_square_bracket", "go(1, 0, 'part')", "right", show=False, tooltip="Half of it to the right"),
        Binding("0", "whole", "all of it", show=False, tooltip="The whole plane again"),
    ]
    needs = ("surface", "fit_x", "fit_map")
    compared = ("surface", "fit_y", "fit_map")
    measured = False
    absent = "a surface needs flat data of 1 to 64 numbers; through more than two of them it is a slice"
    middle: reactive[Place] = reactive((0.5, 0.5), init=False)
    """The middle of what is seen, as shares of the plane from its lower left."""
    nearness: reactive[int] = reactive(0, init=False)
    """How close it is, by its place among the zooms."""

    @property
    def aspects(self) -> tuple[str, ...]:
        """How points and plane are shown, where there are classes."""
        return SHOWN if "surface" in self.arrays else ()

    def watch_middle(self) -> None:
        """Show the other part."""
        self.redraw()

    def watch_nearness(self) -> None:
        """Show more or less of it."""
        self.redraw()

    @property
    def subject(self) -> str:
        """The samples on it, or through what it is a slice."""
        if "plane" not in self.arrays:
            return "training samples"
        share = 100 * float(self.arrays["plane"].sum())
        return f"PCA slice, {share:.0f} % of the variance"

    @property
    def part(self) -> str:
        """How close it is."""
        return f"{ZOOMS[self.nearness]:g}x" if self.nearness and self.movable else ""

    @property
    def change(self) -> str:
        """How much of the plane flipped, where there are classes."""
        if not (self.base and "surface" in self.arrays):
            return super().change
        from tuitrain.drawing.surface import flipped

        share = flipped(self.arrays["surface"], self.base["surface"])
        return f"difference to the best: {_percent(share)} of the plane flipped"

    @property
    def refusal(self) -> str:
        """Why there cannot be a difference: also where the planes are not the same."""
        for name in ("extent", "fit_x"):
            now, best = self.arrays.get(name), self.reference.get(name)
            if now is not None and best is not None and (now.shape != best.shape or abs(now - best).max() > 1e-3):
                return "no difference: the best snapshot is of another plane"
        return super().refusal

    @property
    def movable(self) -> bool:
        """Whether it is a grid that can be zoomed into."""
        return "surface" in self.arrays or "fit_map" in self.arrays

    @property
    def seen(self) -> "Extent":
        """The part of the plane that is seen: x from and to, y from and to."""
        x0, x1, y0, y1 = (float(end) for end in self.arrays["extent"])
        half = 0.5 / ZOOMS[self.nearness]
        across, up = self.validate_middle(self.middle)
        left, right, low, high = (across - half, across + half, up - half, up + half)
        return x0 + (x1 - x0) * left, x0 + (x1 - x0) * right, y0 + (y1 - y0) * low, y0 + (y1 - y0) * high

    def validate_middle(self, middle: Place) -> Place:
        """Keep what is seen within the plane."""
        half = 0.5 / ZOOMS[self.nearness]
        across, up = (min(max(share, half), 1 - half) for share in middle)
        return across, up

    def action_go(self, across: int, down: int, unit: str = "one") -> None:
        """Move over the plane."""
        step = STEPS.get(unit, ZOOMS[-1]) / ZOOMS[self.nearness]
        self.middle = (self.middle[0] + across * step, self.middle[1] - down * step)

    def action_zoom(self, by: int) -> None:
        """Go closer to the middle, or away from it."""
        self._near(by, (0.5, 0.5))

    def action_whole(self) -> None:
        """Show the whole plane."""
        self.nearness = 0
        self.middle = (0.5, 0.5)

    def _near(self, by: int, kept: Place) -> None:
        """Go closer or away; the place `kept`, as shares of what is seen, stays where it is."""
        before = 1 / ZOOMS[self.nearness]
        self.nearness = max(0, min(self.nearness + by, len(ZOOMS) - 1))
        less = before - 1 / ZOOMS[self.nearness]
        self.middle = (self.middle[0] + (kept[0] - 0.5) * less, self.middle[1] + (kept[1] - 0.5) * less)

    def _roll(self, event: events.MouseEvent, by: int) -> None:
        if self.can_focus:
            event.stop()
            width, height = self.size
            self._near(-by, (event.x / max(width, 1), 1 - event.y / max(height, 1)))

    def paint(self, width: int, height: int) -> "Lines":
        """Draw the plane of classes, the plane of numbers, or the curve, with their points."""
        if "fit_x" in self.arrays:
            return self._curve(width, height)
        return self._map(width, height) if "fit_map" in self.arrays else self._plane(width, height)

    def _curve(self, width: int, height: int) -> "Lines":
        from tuitrain.drawing.fit import fit

        shown, best = self.arrays, self.base
        reference = (best["fit_x"], best["fit_y"]) if best else None
        inputs, curve = shown["points"][:, 0], (shown["fit_x"], shown["fit_y"])
        return fit(inputs, shown["targets"], *curve, width, height, self.look, reference=reference)

    def _map(self, width: int, height: int) -> "Lines":
        from tuitrain.drawing.field import field

        shown, extent = self.arrays, tuple(self.arrays["extent"])
        points, reference = (shown["points"], shown["targets"]), self.base.get("fit_map")
        return field(shown["fit_map"], extent, *points, width, height, self.look, seen=self.seen, reference=reference)

    def _plane(self, width: int, height: int) -> "Lines":
        from tuitrain.drawing.surface import surface

        shown = self.arrays
        points, labels, predictions = self._points()
        return surface(
            shown["surface"],
            shown["confidence"],
            tuple(shown["extent"]),
            points,
            labels,
            predictions,
            width,
            height,
            self.look,
            special=() if self.base else shown.get("support", ()),
            seen=self.seen,
            shown=SHOWN[self.aspect % len(SHOWN)],
            before=self.base.get("surface"),
        )

    def _points(self) -> list[Any]:
        """Return places, labels and predictions: of a difference those that are predicted otherwise now."""
        found = [self.arrays[name] for name in ("points", "labels", "predictions")]
        best = self.base.get("predictions")
        if best is None or best.shape != found[2].shape:
            return found
        changed = found[2] != best
        return [values[changed] for values in found]


def _percent(share: float) -> str:
    """Write a share of the plane; a little is not nothing."""
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 9.5 else f"{percent:.1f} %" if percent >= 0.05 else "under 0.1 %"
