"""What a screen does with what is there: the runs screen, copies, files, the editor, undo. It wires keys to screens.

How runs are looked at and trained is the business of the screens below it.
"""

from asyncio import to_thread
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from tuitrain.files import write_whole
from tuitrain.runs.store import Run
from tuitrain.ui.screens.continuing import Continuing
from tuitrain.ui.widgets.canvas import Canvas
from tuitrain.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from tuitrain.runs.ledger import Book
    from tuitrain.ui import offers
    from tuitrain.ui.screens.taking import Export

NOTHING = "There is nothing to copy yet: F5 trains."
COPIED = "Copied, as far as the terminal lets programs do that (OSC 52)."


class Desk(Continuing):
    """The keys of the section `Runs`, and those of `Settings` that change all of them at once."""

    _book: "Book | None" = None
    """What was read of the runs so far: the second time everything is there at once."""

    def action_runs(self) -> None:
        """Choose among all runs."""
        from tuitrain.runs.ledger import Book  # what the runs screen needs is loaded when it is wanted
        from tuitrain.ui.screens.ledger import Ledger

        self._book = self._book or Book(self.session.runs_dir)
        self.app.push_screen(Ledger(self.session, self._book), self._open)

    def _open(self, runs: Sequence[Run] | None) -> None:
        """Show these runs, one of them with its companions; their settings come along unless something trains."""
        if not runs:
            return
        if len(runs) == 1:
            self.session.open(runs[0])
        else:
            self.session.open_all(runs)
            places = {run.id: place for place, run in enumerate(runs)}
            self.session.watches.sort(key=lambda watch: places[watch.run.id])  # in the colours of the runs screen
        experiment = self.session.experiment()
        if experiment is not None and not self.session.active:
            self.setup.load(experiment)
        self.follow.begin()
        self.follow.choose(runs[0].id)

    def _desk(self) -> "offers.Desk":
        from tuitrain.ui import offers

        view = self.board.views.widget
        facts = self.follow.facts
        return offers.Desk(
            watches=self.session.watches,
            front=self.follow.shown,
            step=self.follow.cursor,
            view=self.board.view,
            arrays=view.arrays if isinstance(view, Picture) else {},
            labels=facts.labels if facts else (),
            experiment=self.setup.experiment,
        )

    def action_queue(self) -> None:
        """Show what waits in line to be trained."""
        from tuitrain.ui.screens.queue import Queue

        self.app.push_screen(Queue(self.session, self.setup.experiment), self._open_one)

    def _open_one(self, run: Run | None) -> None:
        """Show a run of the line."""
        if run is not None:
            self._open([run])

    def action_copy(self) -> None:
        """Copy a value, a table, or the command line."""
        from tuitrain.ui import offers
        from tuitrain.ui.screens.taking import Copy

        found = offers.offers(self._desk())
        if found:
            self.app.push_screen(Copy(found), self._copy)
        else:
            self.notify(NOTHING)

    def _copy(self, text: str | None) -> None:
        if text is not None:
            self.app.copy_to_clipboard(text)
            self.notify(COPIED, timeout=3)

    def action_export(self) -> None:
        """Write the view, the curves, the table or a report into a file."""
        from tuitrain.ui import offers
        from tuitrain.ui.screens.taking import Export

        desk, view = self._desk(), self.board.views.widget
        picture = self.app.export_screenshot(title="tuitrain")  # as it is before a page lies over it
        drawn, images = isinstance(view, Canvas), isinstance(view, Canvas) and view.look.album is not None
        kinds = offers.kinds(desk, drawn=drawn, screen=not images)
        self._exporting(Export(desk.name, desk.view, Path.cwd(), kinds), desk, picture)

    @work
    async def _exporting(self, page: "Export", desk: "offers.Desk", picture: str) -> None:
        from tuitrain.ui import offers

        chosen = await self.app.push_screen_wait(page)
        if chosen is None:
            return
        kind, path = chosen
        view = self.board.views.widget
        lines = view.on_paper() if isinstance(view, Canvas) else []
        try:
            if kind == "screen":
                write_whole(path, picture.encode(), mode=0o666)
            else:
                await to_thread(offers.write, kind, path, desk, lines, dark=self.app.current_theme.dark)
        except OSError as error:
            self.notify(f"{path}: {error.strerror}", title="Not written", severity="error", markup=False)
        else:
            self.notify(f"{path} is written.", markup=False)

    @work
    async def action_editor(self) -> None:
        """Open the settings as a file in the person's own editor, and take back what comes of it."""
        from tuitrain.ui import editor

        experiment = self.setup.experiment
        if experiment is None:
            self._complain()
            return
        edited = await editor.edit(self.app, experiment)
        if edited is not None:
            self.setup.load(edited)
            self.notify("The settings are as the file says: u takes that back.")

    def action_undo(self) -> None:
        """Take back the last change of the settings."""
        self.notify(self.setup.undo(), timeout=3, markup=False)

    def action_redo(self) -> None:
        """Make the change again that was taken back."""
        self.notify(self.setup.redo(), timeout=3, markup=False)
