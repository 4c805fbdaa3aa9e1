"""Two small pages for taking things along: what to copy, and what to write to which file.

Neither copies nor writes: they answer what was chosen.
"""

from asyncio import to_thread
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from tuitrain.drawing.text import clean
from tuitrain.paper import place

CLIPBOARD = "The terminal has to allow OSC 52; in tmux: set -g set-clipboard on"
PREVIEW = 200  # characters of a text that are looked at for its first line


class Offer(NamedTuple):
    """Something to copy: the letter that takes it (not h, j, k, l or y), what it is, and the text itself."""

    letter: str
    title: str
    text: str


class Kind(NamedTuple):
    """What a file may hold: the letter that chooses it, its words, the endings its name may have."""

    letter: str
    title: str
    suffixes: tuple[str, ...]


KINDS = {
    "svg": Kind("s", "this view as SVG", (".svg",)),
    "png": Kind("p", "this view as PNG", (".png",)),
    "text": Kind("t", "this view as text", (".txt", ".ans")),
    "screen": Kind("w", "the whole screen as SVG", (".svg",)),
    "curves": Kind("c", "the curves of the runs as CSV", (".csv", ".tsv")),
    "table": Kind("b", "this view as a table, CSV", (".csv", ".tsv")),
    "runs": Kind("b", "the table of the runs as CSV", (".csv", ".tsv")),
    "report": Kind("r", "a report of the runs as HTML", (".html", ".htm")),
}
"""By name: what `Export` can answer."""


class Letters(OptionList):
    """A list in which each entry has a letter; arrows and vim keys move in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "down", id="taking.down", show=False, tooltip="The entry below"),
        Binding("k", "cursor_up", "up", id="taking.up", show=False, tooltip="The entry above"),
    ]

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """Take letter, words and a note for each entry."""
        self.letters: list[str] = []
        options = []
        for letter, words, note in entries:
            self.letters.append(letter)
            below = (f"\n   {note}" if note else "", "$foreground 60%")
            options.append(Option(Content.assemble((letter, "$accent"), f"  {words}", below)))
        super().__init__(*options, compact=True, markup=False)

    def on_key(self, event: events.Key) -> None:
        """Take the entry of this letter."""
        if event.character in self.letters:
            event.stop()
            event.prevent_default()
            self.highlighted = self.letters.index(event.character)
            self.action_select()


class Copy(ModalScreen[str | None]):
    """Answers with the text that was chosen; None where nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+q,y", "leave", "close", id="copy-close", tooltip="Copy nothing"),
    ]

    def __init__(self, offers: Sequence[Offer]) -> None:
        super().__init__()
        self.offers = offers

    def compose(self) -> ComposeResult:
        """Lay out the list over what the terminal has to allow."""
        with Vertical(id="sheet"):
            yield Letters((offer.letter, clean(offer.title), _preview(offer.text)) for offer in self.offers)
            yield Static(CLIPBOARD, id="terms", markup=False)

    def on_mount(self) -> None:
        """Say what it is."""
        sheet = self.query_one("#sheet")
        sheet.border_title, sheet.border_subtitle = "Copy", "enter copies, esc closes"
        self.query_one(Letters).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(self.offers[event.option_index].text)

    def action_leave(self) -> None:
        """Answer that nothing is to be copied."""
        self.dismiss(None)


def _preview(text: str) -> str:
    """Return the first line of a text, tabs as gaps, and how many more there are."""
    lines = text.rstrip("\n").count("\n")
    first = clean("   ".join(text[:PREVIEW].partition("\n")[0].split("\t")))
    return f"{first}  (+{lines:,} lines)" if lines else first or "nothing"


class Kinds(Letters):
    """Kinds of files: enter saves one under the name proposed, a letter or a click goes to its name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "save", "save", id="taking.save", show=False, tooltip="Save it under the name below"),
    ]

    class Saved(Message):
        """The kind under the cursor is to be written."""

    def action_save(self) -> None:
        """Say so."""
        self.post_message(self.Saved())


class FileName(Input):
    """The path of a file to write."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "kinds", id="taking.kinds", show=False, tooltip="Back to the kinds"),
    ]


class Export(ModalScreen[tuple[str, Path] | None]):
    """Answers with a kind and a path at which a file may be written; None where nothing is to be.

    A file that is there is replaced only when enter is pressed again.
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-tall")]  # noqa: RUF012  an instance variable in Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "leave", "close", id="export-close", tooltip="Write nothing"),
        Binding("q,E", "leave", "close", id="export-close-too", show=False, tooltip="Write nothing"),
    ]

    def __init__(self, run: str, view: str, folder: Path, kinds: Collection[str] = tuple(KINDS)) -> None:
        """Propose names made of run and view in the folder, for those kinds that can be written now."""
        super().__init__()
        self.folder = folder
        self.kinds = [kind for kind in KINDS if kind in kinds]
        parts = {"screen": "screen", "curves": "curves", "runs": "runs", "report": ""}
        self._stems = {kind: "-".join(filter(None, (run, parts.get(kind, view)))) for kind in self.kinds}
        self._own = ""  # what was proposed last, as long as nobody changed it
        self._asked: Path | None = None

    def compose(self) -> ComposeResult:
        """Lay out the kinds, the name of the file and what is wrong with it."""
        with Vertical(id="sheet"):
            yield Kinds((KINDS[kind].letter, KINDS[kind].title, "") for kind in self.kinds)
            with Horizontal(id="file"):
                yield FileName(compact=True, select_on_focus=False)
                yield Button("save", compact=True)
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        """Say what it is, and into which folder files go."""
        sheet = self.query_one("#sheet")
        sheet.border_title, sheet.border_subtitle = "To a file", "enter saves, esc closes"
        self.query_one(FileName).cursor_blink = False
        self.query_one(FileName).tooltip = clean(str(self.folder))
        self._say("")
        self.query_one(Letters).focus()

    @property
    def kind(self) -> str:
        """The kind under the cursor."""
        return self.kinds[self.query_one(Letters).highlighted or 0]

    async def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Propose a name for the kind, unless somebody wrote one: that gets the other ending."""
        field, kind = self.query_one(FileName), self.kinds[event.option_index]
        suffix = KINDS[kind].suffixes[0]
        if field.value in ("", self._own):
            free = await to_thread(place.propose, self.folder, self._stems[kind], suffix)
            field.value = self._own = free.name
        elif Path(field.value).suffix in {ending for each in KINDS.values() for ending in each.suffixes}:
            field.value = str(Path(field.value).with_suffix(suffix))
        field.cursor_position = len(field.value) - len(suffix)

    def on_option_list_option_selected(self) -> None:
        """Go on to the name."""
        self.query_one(FileName).focus()

    async def on_kinds_saved(self) -> None:
        """Answer, where a file may be written."""
        await self._take()

    def on_input_changed(self) -> None:
        """Take back what was wrong with another name."""
        self._asked = None
        self._say("")

    async def on_input_submitted(self) -> None:
        """Answer, where a file may be written."""
        await self._take()

    async def on_button_pressed(self) -> None:
        """Answer, where a file may be written."""
        await self._take()

    async def _take(self) -> None:
        try:
            path = await to_thread(place.chosen, self.query_one(FileName).value, self.folder, KINDS[self.kind].suffixes)
        except (ValueError, OSError) as error:
            self._say(str(error))
            return
        if path != self._asked and await to_thread(path.exists):
            self._asked = path
            self._say(f"{path.name} is there already: once more replaces it")
            return
        self.dismiss((self.kind, path))

    def _say(self, wrong: str) -> None:
        """Tell what is wrong with the name, else where the file will be."""
        words, room = self.query_one("#wrong", Static), max(self.size.width - 8, 8)
        words.set_class(bool(wrong), "error")
        where = clean(f"in {self.folder}")
        words.update(clean(wrong) or (where if cell_len(where) <= room else f"…{where[-room + 1 :]}"))

    def action_leave(self) -> None:
        """Answer that nothing is to be written."""
        self.dismiss(None)
