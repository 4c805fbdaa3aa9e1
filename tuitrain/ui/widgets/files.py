"""Folders and the files in them that may be data, and a path to type. It must not know what is in a file."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, Input
from textual.widgets.directory_tree import DirEntry
from textual.widgets.tree import TreeNode

from tuitrain.drawing.text import clean
from tuitrain.ui import paths


class Files(DirectoryTree):
    """Folders and the files with the right endings, hidden ones left out; what is `wanted` gets the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "take",
            key_display="enter",
            id="files.take",
            tooltip="Take it, or open a folder",
        ),
        Binding("j", "cursor_down", "next", id="files.next", show=False, tooltip="Next line"),
        Binding("k", "cursor_up", "previous", id="files.previous", show=False, tooltip="Line before"),
        Binding("right,l", "open", "open", key_display="l", id="files.open", tooltip="Open the folder"),
        Binding("left,h", "close", "up", key_display="h", id="files.close", tooltip="Close the folder, or go up"),
    ]

    def __init__(self, path: Path, wanted: Path | None = None) -> None:
        super().__init__(path)
        self.auto_expand = False
        self.guide_depth = 2
        self.wanted = wanted

    def filter_paths(self, found: Iterable[Path]) -> Iterable[Path]:
        """Leave out what is hidden, and files that are no data."""
        shown = (path for path in found if not path.name.startswith("."))
        return [path for path in shown if paths.kind(path) or self._safe_is_dir(path)]

    def process_label(self, label: str | Text) -> Text:
        """Take a file's name as text, whatever is in it."""
        return Text(clean(str(label)))

    def render_label(self, node: TreeNode[DirEntry], base_style: Style, style: Style) -> Text:
        """Return the name behind a sign for folders."""
        sign = ("▾ " if node.is_expanded else "▸ ") if node.allow_expand else "  "
        name = clean(str(self.path)) if node is self.root else str(node.label)
        return Text.assemble((sign, base_style), (name, style))

    def _populate_node(self, node: TreeNode[DirEntry], content: Iterable[Path]) -> None:
        super()._populate_node(node, content)
        for child in node.children:
            if child.data and child.data.path == self.wanted:
                self.wanted = None
                self.call_after_refresh(self.move_cursor, child)

    def action_open(self) -> None:
        """Open the folder under the cursor."""
        if self.cursor_node and self.cursor_node.allow_expand:
            self.cursor_node.expand()

    def action_close(self) -> None:
        """Close the folder, or go to the one around it; beyond the top show that one."""
        node = self.cursor_node
        if node is None or node is self.root:
            root = Path(self.path).absolute()
            self.wanted = root
            self.path = root.parent
        elif node.is_expanded:
            node.collapse()
        elif node.parent:
            self.move_cursor(node.parent)


class Completion(Suggester):
    """Completes paths from what lies in their folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the completed path; looked up in a thread, for a folder on a network may take its time."""
        from asyncio import to_thread

        found = await to_thread(paths.complete, value) if value else ""
        return found if found.isprintable() and found.startswith(value) else None


class PathInput(Input):
    """A path to type; tab completes it, or goes on where nothing completes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", id="path.complete", tooltip="Complete the path"),
        Binding("down", "app.focus_next", "files", id="path.down", show=False, tooltip="To the files"),
    ]

    def __init__(self) -> None:
        super().__init__(
            placeholder="path of a .csv, .tsv or .npz file, or of a folder",
            suggester=Completion(),
            select_on_focus=False,
            compact=True,
        )
        self.cursor_blink = False

    def action_complete(self) -> None:
        """Take what is suggested; where nothing is, go on."""
        if self._suggestion and self._suggestion != self.value:
            self.value = self._suggestion
            self.cursor_position = len(self.value)
        else:
            self.screen.focus_next()
