"""What a screen of runs does with them: name, tag, note, delete, copy, write to files.

It wires keys to calls; which runs are meant and what is shown of them is the business of the screen made of it.
"""

from asyncio import to_thread
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import work
from textual.screen import Screen

from tuitrain.drawing.text import clean
from tuitrain.paper import place, table
from tuitrain.paper.table import Table
from tuitrain.runs import about, line
from tuitrain.runs.about import About, Kept
from tuitrain.runs.entry import Entry
from tuitrain.runs.ledger import Book, Histories
from tuitrain.runs.store import Run
from tuitrain.runs.watch import look
from tuitrain.ui import roll
from tuitrain.ui.commands import ONLOOKER
from tuitrain.ui.screens.removal import Removal
from tuitrain.ui.widgets.filter import Ask

Say = Callable[[About, str], About]
NAMED = 5  # runs that a question names one by one


class Keeping(Screen[list[Run] | None]):
    """The keys that change runs or take them elsewhere, over one book."""

    book: Book
    histories: Histories
    readonly = False
    """Whether whoever is here only looks on."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: tuple[list[Entry], Say] = ([], _noted)

    @property
    def meant(self) -> list[Entry]:
        """The marked runs, else the one under the cursor."""
        raise NotImplementedError

    @property
    def shown(self) -> Sequence[Entry]:
        """The runs in the list, in its order."""
        raise NotImplementedError

    @property
    def chosen(self) -> list[Entry]:
        """The run under the cursor, or none."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Read the book on at once: something was changed."""
        raise NotImplementedError

    def action_rename(self) -> None:
        """Ask for a name to show; the directory keeps its own."""
        if self._looks_on():
            return
        for entry in self.chosen:
            self._ask([entry], f"name for {entry.id}:", entry.name, _named)

    def action_note(self) -> None:
        """Ask for a note."""
        if self._looks_on():
            return
        for entry in self.chosen:
            self._ask([entry], f"note on {roll.title(entry)}:", entry.about.note, _noted)

    def action_tag(self) -> None:
        """Ask for tags to put on the meant runs, or to take from them."""
        if self._looks_on():
            return
        entries = self.meant
        tags = " ".join(dict.fromkeys(tag for entry in entries for tag in entry.about.tags))
        if entries:
            told = f" (now {tags})" if tags else ""
            self._ask(entries, f"tag {_counted(entries)}{told}, -word takes away:", "", _tagged)

    def _looks_on(self) -> bool:
        """Tell whether nothing may be changed from here, in words too."""
        if self.readonly:
            self.notify(ONLOOKER, severity="warning", timeout=3)
        return self.readonly

    def _ask(self, entries: list[Entry], question: str, text: str, say: Say) -> None:
        self._asked = (entries, say)
        self.query_one(Ask).ask(question, text)

    def on_ask_answered(self, event: Ask.Answered) -> None:
        """Keep what was said, or tell why that cannot be."""
        entries, say = self._asked
        for entry in entries:
            try:
                about.write(entry.run, say(about.read(entry.run), event.text))
            except OSError as error:
                self._complain(f"{entry.id}: {error.strerror or error}; nothing was kept")
        self.book.again(entry.id for entry in entries)
        self.look_again()

    def action_delete(self) -> None:
        """Ask whether the meant runs shall go; those under way stay."""
        if self._looks_on():
            return
        entries = [entry for entry in self.meant if not entry.live]
        for entry in self.meant:
            if entry.live and entry.id in line.waiting(entry.run.path.parent) and entry.state == "queued":
                self._complain(f"{entry.id} waits in line: Q in the cockpit or tuitrain queue remove deletes it")
            elif entry.live:
                self._complain(f"{entry.id} is {entry.state}: stop it first, then delete it")
        if entries:
            size = sum(about.weigh(entry.run.path) for entry in entries)
            names = [f"{entry.id}  {entry.name}" for entry in entries[:NAMED]]
            names += [f"and {len(entries) - NAMED} more"] if len(entries) > NAMED else []
            question = f"Delete {_counted(entries)}? It frees {size / 1e6:.1f} MB."
            removal = Removal(clean(question), "\n".join(map(clean, names)))
            self.app.push_screen(removal, partial(self._answer, entries))

    def _answer(self, entries: Sequence[Entry], delete: bool | None) -> None:
        if delete:
            self._delete(entries)

    @work(group="delete")
    async def _delete(self, entries: Sequence[Entry]) -> None:
        freed, gone = 0, 0
        for entry in entries:
            try:
                freed += await to_thread(about.delete, entry.run)
                gone += 1
            except Kept as kept:
                self._complain(str(kept))
            except OSError as error:
                self._complain(f"{entry.id}: {error.strerror or error}; it could not be deleted")
        if gone:
            self.notify(f"{gone} run{'s' if gone > 1 else ''} deleted, {freed / 1e6:.1f} MB freed.", markup=False)
        self.look_again()

    def _complain(self, sentence: str) -> None:
        self.notify(clean(sentence), severity="error", markup=False)

    def action_copy(self) -> None:
        """Copy the ids of the marked runs, else the table as it is shown."""
        if self.marked:
            text, told = "\n".join(clean(entry.id) for entry in self.marked), f"ids of {_counted(self.marked)}"
        else:
            text, told = table.text(Table(*roll.shown(self.shown))), f"the table of {_counted(self.shown)}"
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied {clean(told)}.", markup=False)

    @property
    def marked(self) -> list[Entry]:
        """The marked runs, in the order in which they were marked."""
        raise NotImplementedError

    def action_export(self) -> None:
        """Write the shown runs, and the curves of the meant ones, into the current directory."""
        self._export(list(self.shown), self.meant)

    @work(group="export", exclusive=True)
    async def _export(self, shown: Sequence[Entry], meant: Sequence[Entry]) -> None:
        if not shown:
            self.notify("There is nothing to write: no run is shown.")
            return
        try:
            paths = await to_thread(self._write, shown, meant)
        except OSError as error:
            self._complain(f"{error.filename or Path.cwd()}: {error.strerror or error}; nothing was written")
        else:
            self.notify(f"Written: {clean(' and '.join(map(str, paths)))}", markup=False)

    def _write(self, shown: Sequence[Entry], meant: Sequence[Entry]) -> list[Path]:
        folder = Path.cwd()
        paths = [place.propose(folder, "tuitrain-runs", ".csv")]
        table.save(paths[0], Table(*roll.whole(shown)))
        if meant:
            paths.append(place.propose(folder, "tuitrain-curves", ".csv"))
            table.save(paths[1], table.curves([look(entry.run) for entry in meant]))
        return paths


def _counted(entries: Sequence[Entry]) -> str:
    return roll.title(entries[0]) if len(entries) == 1 else f"{len(entries)} runs"


def _named(said: About, text: str) -> About:
    return replace(said, name=text)


def _noted(said: About, text: str) -> About:
    return replace(said, note=text)


def _tagged(said: About, text: str) -> About:
    """Put tags on, and take away those with a minus."""
    words = text.split()
    less = {word[1:] for word in words if word.startswith("-")}
    more = [word for word in words if not word.startswith("-")]
    return replace(said, tags=tuple(tag for tag in about.distinct((*said.tags, *more)) if tag not in less))
