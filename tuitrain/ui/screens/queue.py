"""The line of runs that wait to be trained: put in, move, change, take out, let it go on. It wires keys to calls."""

import re
from asyncio import Event, Lock, to_thread, wait_for
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Label, OptionList, Static
from textual.widgets.option_list import Option

from tuitrain.drawing.text import clean
from tuitrain.experiment import Experiment
from tuitrain.problems import Rejected
from tuitrain.runs import line, queue
from tuitrain.runs.about import Kept
from tuitrain.runs.line import ON_ERROR
from tuitrain.runs.roster import Place, Roster
from tuitrain.runs.session import Session
from tuitrain.runs.store import Run
from tuitrain.ui import keys
from tuitrain.ui.commands import ONLOOKER, PLAYED
from tuitrain.ui.screens.help import Help
from tuitrain.ui.screens.removal import Removal
from tuitrain.ui.widgets.filter import Ask
from tuitrain.ui.widgets.places import Places

TICK = 1.0  # seconds between two looks at the line
EMPTY = "Nothing is in line: a puts the settings of the cockpit here, tuitrain queue add an experiment."
REFUSALS = (queue.NotThus, Kept, line.Damaged)
BETWEEN = re.compile(r"\s+(?=[a-z_]+(?:\.\w+)*=)")
"""What lies between two settings that were typed."""
BINDINGS_TABLE: list[Binding] = [
    Binding("enter", "open", "open", key_display="enter", id="queue-open", tooltip="Show the run in the cockpit"),
    Binding("R", "resume", "train", id="queue-resume", tooltip="Train what waits, a run at a time on each device"),
    Binding("a", "add", "add", id="queue-add", tooltip="Put the settings of the cockpit in line, each model a run"),
    Binding(
        "escape,q,Q", "leave", "back", key_display="esc", id="queue-leave", tooltip="Back; what is trained goes on"
    ),
    Binding("question_mark,f1", "help", "help", key_display="?", id="queue-help", tooltip="All keys"),
    Binding(
        "space,H", "hold", "hold", key_display="H", id="queue-hold", tooltip="Begin nothing more; what is trained ends"
    ),
    Binding("e", "edit", "edit", id="queue-edit", tooltip="Change settings of a run that has not begun"),
    Binding("J", "shift('down')", "down", id="queue-down", show=False, tooltip="Move the run down"),
    Binding("K", "shift('up')", "up", id="queue-up", show=False, tooltip="Move the run up"),
    Binding("x", "remove", "remove", id="queue-remove", tooltip="Take the run out of the line; asks"),
    Binding("D", "duplicate", "copy", id="queue-copy", show=False, tooltip="Put a copy of the run last in line"),
    Binding("c", "failure", "on error", id="queue-failure", tooltip="After a run that failed: go on, or hold the line"),
]
"""The keys of this screen; those of its list are in `Places`."""
CHANGING = frozenset({"resume", "add", "hold", "edit", "shift", "remove", "duplicate", "failure"})
"""The actions that do not work where one only looks on."""


def rows() -> list[tuple[str, str, str]]:
    """Return section, keys and meaning of every key of this screen, in the order of the help screen."""
    listed = [binding for binding in Places.BINDINGS if isinstance(binding, Binding)]
    return [("Queue", keys.written(each.key), each.tooltip) for each in (*listed, *BINDINGS_TABLE)]


class Leaving(Removal):
    """The question before a run leaves the line."""

    def compose(self) -> ComposeResult:
        """Lay out the question and its answers."""
        with Vertical(id="removal"):
            yield Label(self.question, id="words", markup=False)
            yield Label(self.what, id="what", markup=False)
            yield OptionList(
                Option("esc  Leave it in line", id="keep"), Option("d    Take it out", id="delete"), markup=False
            )


class Queue(Screen[Run | None]):
    """The line with its lanes, read on once a second; what is done with it is done in a thread, in its order.

    Ends with the run to open, or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*BINDINGS_TABLE]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012  an instance variable in Textual
    AUTO_FOCUS = "Places"

    def __init__(self, session: Session, experiment: Experiment | None) -> None:
        """Take what the settings of the cockpit say, None where something is wrong with them."""
        super().__init__()
        self.session, self.experiment = session, experiment
        self.roster = Roster(session.runs_dir)
        self._changed, self._turn = Event(), Lock()
        self._edited, self._wrong = "", ""
        if session.readonly:
            keys.hide(self, CHANGING)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Static(id="bar", markup=False)
        yield Ask()
        yield Static(id="said", markup=False)
        yield Places()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to read once the first frame is there."""
        self.query_one(Places).border_title = "Queue"
        self.query_one(Places).waiting = "reading ..."
        self.call_after_refresh(self._follow)

    @work(group="follow")
    async def _follow(self) -> None:
        while True:
            try:
                await to_thread(self.roster.poll)
            except (line.Damaged, OSError) as error:
                self._wrong = str(error)
            self._show()
            self._changed.clear()
            with suppress(TimeoutError):
                await wait_for(self._changed.wait(), TICK)

    def _show(self) -> None:
        """Show the line as it is now; nothing once the screen is being left."""
        for listed in self.query(Places):
            listed.waiting = EMPTY
            listed.rows = tuple(self.roster.places)
            self._say()

    def _say(self) -> None:
        """Tell how the line stands, and what is wrong, or else how the run under the cursor stands."""
        self.query_one("#bar", Static).update(f" {clean(_standing(self.roster))}", layout=False)
        place = self.query_one(Places).chosen
        told = f"{place.run.id}  {place.words}  {place.entry.trouble}" if place else ""
        said = Content.styled(clean(self._wrong), "$error") if self._wrong else Content(clean(told))
        self.query_one("#said", Static).update(said, layout=False)

    @property
    def _chosen(self) -> Place | None:
        return self.query_one(Places).chosen

    def on_places_moved(self) -> None:
        """Tell of the run under the cursor."""
        self._wrong = ""
        self._say()

    @work(group="deed")
    async def _do(self, deed: Callable[[], str]) -> None:
        """Do something with the line in a thread, after what was begun before; tell what came of it."""
        self._wrong = ""
        if not self._may():
            return
        try:
            async with self._turn:
                told = await to_thread(deed)
        except REFUSALS as error:
            self._complain(str(error))
        except OSError as error:
            self._complain(f"{error.filename or self.session.runs_dir}: {error.strerror or error}")
        else:
            if told:
                self.notify(clean(told), timeout=4, markup=False)
        self._changed.set()

    def _may(self) -> bool:
        """Tell whether the line may be changed here, in words too where not."""
        looks_on = self.session.recording or self.session.readonly
        if looks_on:
            self._complain(ONLOOKER if self.session.readonly else PLAYED)
        return not looks_on

    def _complain(self, sentence: str) -> None:
        self.notify(clean(sentence), severity="error", markup=False)

    def action_open(self) -> None:
        """Show the run under the cursor in the cockpit."""
        if place := self._chosen:
            self.dismiss(place.run)

    def action_shift(self, to: str) -> None:
        """Move the run up or down."""
        if place := self._chosen:
            self._do(partial(_moved, self.session, place.run.id, to))

    def action_add(self) -> None:
        """Put what the settings say in line."""
        if self.experiment is None:
            self._complain("Something is wrong with the settings: escape goes back, where it is said at its field.")
        else:
            self._do(partial(_added, self.session, self.experiment))

    def action_duplicate(self) -> None:
        """Put a copy of the run in line."""
        if place := self._chosen:
            self._do(partial(_copied, self.session, place.run))

    def action_edit(self) -> None:
        """Ask what to change."""
        if (place := self._chosen) and self._may():
            if place.begun or place.lane:
                self._complain(f"{place.run.id} has begun: D puts a copy in line, which can be changed.")
            else:
                self._ask(place.run.id, "")

    def _ask(self, name: str, text: str) -> None:
        self._edited = name
        self.query_one(Ask).ask("KEY=VALUE, such as training.epochs=50:", text)

    async def on_ask_answered(self, event: Ask.Answered) -> None:
        """Change the run as was typed; what is wrong is said below the line, which stays as it is."""
        self._wrong = ""
        overrides = [word for word in BETWEEN.split(event.text.strip()) if word]
        if not overrides:
            return
        try:
            async with self._turn:
                await to_thread(queue.edit, self.session.runs_dir, self._edited, overrides)
        except Rejected as error:
            self._ask(self._edited, event.text)
            self._wrong = _meant(self.roster.places, self._edited, overrides) or "; ".join(map(str, error.problems))
        except (*REFUSALS, OSError) as error:
            self._complain(str(error))
        self._changed.set()

    def on_ask_closed(self) -> None:
        """Go back to the list."""
        self._wrong = ""
        self.query_one(Places).focus()
        self._say()

    def action_remove(self) -> None:
        """Ask whether the run shall leave the line."""
        place = self._chosen
        if place is None or not self._may():
            return
        if place.lane:
            self._complain(f"{place.run.id} is being trained: stop it first, then take it out.")
            return
        stays = "It has begun: what it learned stays, and R on it in the cockpit goes on with it."
        what = stays if place.begun else "It has not begun: its directory is deleted."
        question = Leaving(clean(f"Take {place.run.id} out of the line?"), what)
        self.app.push_screen(question, partial(self._answer, place.run.id))

    def _answer(self, name: str, remove: bool | None) -> None:
        if remove:
            self._do(partial(_removed, self.session, name))

    def action_failure(self) -> None:
        """Let the line go on after a failure, or have it held."""
        other = ON_ERROR[self.roster.line.on_error == ON_ERROR[0]]
        self._do(partial(_decided, self.session, other))

    def action_hold(self) -> None:
        """Let nothing more be begun."""
        self._do(partial(_held, self.session))

    def action_resume(self) -> None:
        """Let the line move, with a lane for each device that has work."""
        self._do(partial(_resumed, self.session))

    def action_help(self) -> None:
        """Show the keys of this screen."""
        self.app.push_screen(Help(rows()))

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_quit(self) -> None:
        """Take ctrl+q as the way back."""
        self.dismiss(None)


def _standing(roster: Roster) -> str:
    """Return how many runs are in line and whether it moves, in words."""
    count = len(roster.places)
    if roster.line.held:
        moves = f"held: {roster.line.held}; R goes on"
    elif roster.lanes:
        moves = f"at work: {', '.join(roster.lanes)}"
    else:
        moves = "no lane is at work: R trains" if count else ""
    in_line = f"{count:,} run{'s' * (count != 1)} in line"
    return "   ".join(filter(None, (in_line, moves, f"on error: {roster.line.on_error}")))


def _meant(places: Sequence[Place], name: str, overrides: Sequence[str]) -> str:
    """Return for settings that were typed without their table which those may be."""
    known = [key for place in places if place.run.id == name for key in place.entry.settings]
    typed = [each.partition("=")[0] for each in overrides]
    found = [key for word in typed for key in known if "." not in word and key.rpartition(".")[2] == word]
    return f"A setting has its table before it: did you mean {' or '.join(found)}?" if found else ""


def _moved(session: Session, name: str, to: str) -> str:
    queue.move(session.runs_dir, name, to)
    return ""


def _added(session: Session, experiment: Experiment) -> str:
    runs = queue.add(experiment, session.runs_dir)
    return f"{runs[0].id} is in line." if len(runs) == 1 else f"{len(runs)} runs are in line."


def _copied(session: Session, run: Run) -> str:
    try:
        (copy,) = queue.copy(session.runs_dir, run, [])
    except Rejected as error:
        raise queue.NotThus(str(error)) from None
    return f"{copy.id} is in line."


def _removed(session: Session, name: str) -> str:
    gone, _ = queue.remove(session.runs_dir, [name])
    return f"{name} is out of the line{' and deleted' if gone else ''}."


def _decided(session: Session, on_error: str) -> str:
    queue.decide(session.runs_dir, on_error)
    return ""


def _held(session: Session) -> str:
    queue.hold(session.runs_dir)
    return "Nothing more is begun; what is being trained ends. R goes on."


def _resumed(session: Session) -> str:
    done = queue.resume(session.runs_dir, session.data_dir)
    if done.wrong:
        raise queue.NotThus("; ".join(done.wrong))
    started = [f"At work now: {', '.join(done.lanes)}."] if done.lanes else []
    return " ".join(started + [f"{name} waits for a device that is not here." for name in done.stuck])
