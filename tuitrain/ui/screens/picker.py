"""Choosing data of one's own: a path, the folders, and what is in the file under the cursor.

It lists folders and opens no file: what is in one it asks.
"""

from asyncio import sleep, to_thread
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Footer, Input, Label, Tree
from textual.widgets.directory_tree import DirEntry

from tuitrain.drawing.text import clean
from tuitrain.runs.survey import Survey
from tuitrain.ui import paths
from tuitrain.ui.inquiry import Ask, Inquiry
from tuitrain.ui.widgets.choice import Choice
from tuitrain.ui.widgets.files import Files, PathInput
from tuitrain.ui.widgets.menu import Entry
from tuitrain.ui.widgets.preview import Preview

PAUSE = 0.2  # seconds that the cursor rests on a folder before it is looked into


class Pick(NamedTuple):
    """The dataset that was chosen, as a table of an experiment file, or none; and the folder that was open."""

    table: dict[str, Any] | None
    place: Path


class Picker(ModalScreen[Pick]):
    """Keys first: the tree has the focus, enter takes what is data and opens what is a folder."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "path", "path", key_display="/", id="picker-path", tooltip="Type a path"),
        Binding("c", "column", "column", id="picker-column", tooltip="Choose the column to learn"),
        Binding("p", "read", "read", id="picker-read", show=False, tooltip="Read a folder of many images"),
        Binding("escape", "leave", "leave", id="picker-leave", tooltip="Leave everything as it was"),
    ]

    def __init__(self, ask: Ask, place: Path, wanted: Path | None = None) -> None:
        super().__init__()
        self.place, self._wanted = place, wanted
        self._inquiry = Inquiry(ask, self._show)
        self._path: Path | None = None
        self._table: dict[str, Any] | None = None
        self._names: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with Vertical(id="sheet"):
            yield PathInput()
            with Horizontal(id="both"):
                yield Files(self.place, self._wanted)
                with Vertical():
                    yield Preview()
                    with Horizontal(id="label"):
                        yield Label("column to learn ")
                        yield Choice([Entry("")], "", several=False)
            yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin among the files."""
        self.query_one("#sheet").border_title = "Your own data"
        self.query_one(Files).focus()

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[DirEntry]) -> None:
        """Look into what is under the cursor."""
        if event.node.data:
            self._consider(event.node.data.path)

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        """Take a file."""
        self._consider(event.path)
        self._take()

    def on_directory_tree_directory_selected(self, event: DirectoryTree.DirectorySelected) -> None:
        """Take a folder that is known to be data, open or close any other."""
        if event.path == self._path and self._table:
            self._take()
        else:
            event.node.toggle()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look into a file that is being named."""
        path = Path(event.value).expanduser()
        if paths.kind(path):
            self._consider(path)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take a file; go to the files of a folder."""
        path = Path(event.value or ".").expanduser().absolute()
        if await to_thread(path.is_dir):
            self.query_one(Files).path = path.resolve()
            self.query_one(Files).focus()
        elif paths.kind(path):
            self._consider(path)
            self._take()
        else:
            self._wait(f"{path}: no such folder, and no .csv, .tsv or .npz file")

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Look at the file anew, with another column to learn."""
        if self._table:
            self._table["label"] = self._names[event.choice.index]
            self._look()

    def _consider(self, path: Path) -> None:
        """Find out what this is, and whether it is data."""
        if path == self._path:
            return
        kind, self._path, self._names = paths.kind(path), path, ()
        self._table = {"kind": kind, "path": str(path.absolute())} if kind else None
        if kind:
            self._look()
        else:
            self._inquiry.want([])
            self._wait("")
            self.run_worker(self._weigh(path), exclusive=True, group="weigh")

    async def _weigh(self, path: Path) -> None:
        """Look into a folder of images by class; one of many only when told to."""
        await sleep(PAUSE)
        images = await to_thread(paths.images, path)
        if path != self._path or not self.query(Preview):  # the page may have been left meanwhile
            return
        self._table = {"kind": "folder", "path": str(path.absolute())} if images else None
        if not images:
            self._wait("a folder: l opens it, h closes it")
        elif images < paths.MANY:
            self._look()
        else:
            self._wait(f"images in a folder for each class, {images:,} or more: enter takes them, p reads them now")

    def _look(self) -> None:
        asking = self._inquiry.want([self._question])
        if asking and not any(worker.group == "inquiry" for worker in self.workers):
            self.run_worker(self._inquiry.run(), group="inquiry")
        self._show()

    @property
    def _question(self) -> dict[str, Any]:
        return {"dataset": dict(self._table or {}), "models": [{"kind": "linear"}]}

    def _show(self) -> None:
        """Show what was found, or that it is being read."""
        survey = self._inquiry.answer(self._question) if self._table else None
        if survey is None and self._table:
            self._wait(f"reading {Path(self._table['path']).name} ...")
        elif survey is not None:
            self.query_one(Preview).survey = survey
            self._offer_columns(survey)

    def _offer_columns(self, survey: Survey) -> None:
        table = self._table or {}
        if table.get("kind") == "csv" and survey.rows:
            self._names = survey.rows[0]
            names = [clean(name) for name in self._names]
            choice = self.query_one(Choice)
            choice.entries = [Entry(name) for name in names]
            choice.value = clean(table.get("label", "")) or names[-1]
        self._show_columns()

    def _show_columns(self) -> None:
        self.query_one("#label").display = bool(self._names)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a choice of columns where there are any."""
        return bool(self._names) if action == "column" else True

    def _wait(self, words: str) -> None:
        preview = self.query_one(Preview)
        preview.waiting, preview.survey = words, None
        self._show_columns()

    def _take(self) -> None:
        if self._table:
            self.dismiss(Pick(self._table, self._place))

    @property
    def _place(self) -> Path:
        return Path(self.query_one(Files).path)

    def action_path(self) -> None:
        """Type a path, from the folder that is open on."""
        field = self.query_one(PathInput)
        field.value = field.value or f"{self._place.absolute()}/"
        field.cursor_position = len(field.value)
        field.focus()

    def action_column(self) -> None:
        """Choose the column to learn, where there are columns."""
        self.query_one(Choice).focus()

    def action_read(self) -> None:
        """Look into a folder of many images."""
        if self._table:
            self._look()

    def action_leave(self) -> None:
        """Go back to the files; from there leave everything as it was."""
        if self.query_one(Files).has_focus:
            self.dismiss(Pick(None, self._place))
        else:
            self.query_one(Files).focus()

    def action_quit(self) -> None:
        """Take ctrl+q as escape."""
        self.dismiss(Pick(None, self._place))
