"""The views, one in front: the frame names them by key, and says of what the one in front is."""

from collections.abc import Collection, Mapping, Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from tuitrain.ui.keys import VIEWS, written
from tuitrain.ui.widgets.classes import Classes
from tuitrain.ui.widgets.log import Log
from tuitrain.ui.widgets.machine import Machine
from tuitrain.ui.widgets.parameters import Parameters
from tuitrain.ui.widgets.pictures import Arrays, Confusion, Embedding, Picture, Surface, Weights
from tuitrain.ui.widgets.rates import Rates
from tuitrain.ui.widgets.samples import Mistakes, Samples
from tuitrain.ui.widgets.source import Source

CLASSES: Mapping[str, type[Widget]] = {
    "confusion": Confusion,
    "surface": Surface,
    "parameters": Parameters,
    "weights": Weights,
    "samples": Samples,
    "mistakes": Mistakes,
    "embedding": Embedding,
    "classes": Classes,
    "rates": Rates,
    "machine": Machine,
    "log": Log,
    "file": Source,
}
FIRST = "confusion"
SPARED = (
    "file",
    "machine",
    "parameters",
    "log",
    "weights",
    "rates",
    "classes",
    "embedding",
    "samples",
    "surface",
    "mistakes",
    "confusion",
)
"""Where the names of all views have no room, these go first; those that have nothing to show go even before."""


class Views(ContentSwitcher):
    """Lays the views on top of each other."""

    front: reactive[str] = reactive(FIRST, init=False)
    fitted: reactive[str] = reactive("", init=False)
    """The values of a model small enough to tell them."""
    step: reactive[int] = reactive(0, init=False)
    """At which step the snapshot was taken."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, initial=FIRST)

    def compose(self) -> ComposeResult:
        """Make one of each."""
        for name, view in CLASSES.items():
            yield view(id=name)

    def on_mount(self) -> None:
        """Name the views."""
        self.watch_front()

    def on_resize(self) -> None:
        """Name as many as there is room for now."""
        self.name_all()

    @property
    def widget(self) -> Widget:
        """The view in front."""
        return self.query_one(f"#{self.front}")

    def watch_front(self) -> None:
        """Bring the view to the front; its name stands out among the others in the frame."""
        self.current = self.front
        self.name_all()

    def watch_fitted(self) -> None:
        """Show the values in the frame."""
        self.name_all()

    def show_arrays(self, arrays: Arrays, labels: Sequence[str], step: int, reference: Arrays) -> None:
        """Draw the snapshot of a run, against another one where there is one; only the view in front costs anything."""
        for picture in self.query(Picture):
            if not isinstance(picture, Rates):
                picture.labels = labels
                picture.set_reactive(Picture.reference, reference)  # drawn once, with the arrays
                picture.arrays = arrays
        self.step = step
        self.name_all()

    def name_all(self) -> None:
        """Write the names of the views into the frame, as many as there is room for, and of what the front one is.

        Which ones does not depend on the one in front: there is room for its name, whichever it is.
        """
        named = self._named()
        parts: list[tuple[str, str]] = []
        for name in CLASSES:
            style = "bold $primary" if name == self.front else "$secondary"
            parts.append((f" {_title(name, name in named or name == self.front)} ", style))
        self.border_title = Content.assemble(*parts)
        self.border_subtitle = Content("  ".join(filter(None, (self.fitted, self._words()))))

    def _named(self) -> set[str]:
        """Return the views that are named also while another one is in front."""
        spared = sorted(CLASSES, key=lambda name: (self._is_drawable(name), SPARED.index(name)))
        room = self.outer_size.width - 6 - sum(len(key) + 2 for key, _ in VIEWS.values())
        named: set[str] = set()
        for name in reversed(spared):
            more = named | {name}
            if sum(len(each) + 1 for each in more) + _longest(more) <= room:
                named = more
        return named

    def _words(self) -> str:
        """Return what the view in front is of."""
        widget = self.widget
        if isinstance(widget, Picture):
            step = widget.step if isinstance(widget, Rates) else self.step
            return f"{widget.of}, step {step:,}" if widget.drawable else ""
        return str(getattr(widget, "of", ""))

    def _is_drawable(self, name: str) -> bool:
        widget = self.query_one(f"#{name}")
        return widget.drawable or not widget.arrays if isinstance(widget, Picture) else True


def _longest(named: Collection[str]) -> int:
    """Return how many cells the longest of the other names takes."""
    return max((len(name) + 1 for name in CLASSES if name not in named), default=0)


def _title(name: str, whole: bool) -> str:
    key = written(VIEWS[name][0])
    return f"{key} {name.capitalize()}" if whole else key
