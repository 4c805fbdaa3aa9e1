"""What is in the data, in a few lines about their settings, and the way to a person's own. Knows no files."""

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tuitrain.drawing.text import clean


class Splits(Widget):
    """How many samples each split will have, in a line: with as many words as there is room for."""

    sizes: reactive[tuple[int, int, int] | None] = reactive[tuple[int, int, int] | None](None)
    reading: reactive[str] = reactive("")
    """The name of the file that is being read to find out, while it is."""

    def render(self) -> Content:
        """Return the longest line that fits."""
        if self.reading:
            return Content(f"reading {clean(self.reading)} ...").truncate(self.size.width, ellipsis=True)
        numbers = [f"{size:,}" for size in self.sizes] if self.sizes else ["?", "?", "?"]
        named = [f"{name} {number}" for name, number in zip(("train", "val", "test"), numbers, strict=True)]
        lines = "  ".join(named), " ".join(named), "split " + " / ".join(numbers), " ".join(numbers)
        return Content(next((line for line in lines if len(line) <= self.size.width), lines[-1]))

    def watch_reading(self, reading: str) -> None:
        """Stand out while it is not known."""
        self.set_class(bool(reading), "-reading")


class Notes(Widget):
    """Sentences on what was guessed, filled in or left out."""

    sentences: reactive[Sequence[str]] = reactive[Sequence[str]]((), layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return as many rows as they take."""
        return len(self._wrapped(width))

    def render(self) -> Content:
        """Return them, each from a line of its own on."""
        return Content("\n".join(self._wrapped(self.size.width)))

    def _wrapped(self, width: int) -> list[str]:
        room = max(10, width)
        return [line for sentence in self.sentences for line in wrap(clean(sentence), room, subsequent_indent="  ")]


class Opener(Widget, can_focus=True):
    """A line that leads to the choice of a file. Posts `Pressed`."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,l", "press", "open", id="opener.press", show=False, tooltip="Choose data of your own"),
    ]
    help = "Your own data: a table (.csv, .tsv), arrays (.npz), or a folder with a folder of images for each class."

    class Pressed(Message):
        """A person wants to choose."""

    def render(self) -> Content:
        """Return the words, and the key that does the same from anywhere."""
        return Content.assemble(
            ("▸ " if self.has_focus else "  ", "$primary"), "your own data ...", ("  ^o", "$accent")
        )

    def action_press(self) -> None:
        """Tell."""
        self.post_message(self.Pressed())

    def on_click(self) -> None:
        """Tell."""
        self.action_press()
