"""The cockpit's screen: wires settings and keys to calls of the session, and what runs tell to widgets."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Footer

from tuitrain.experiment import Experiment
from tuitrain.machine import Probe
from tuitrain.runs import lock, standing
from tuitrain.runs.session import ACTIVE, Session
from tuitrain.runs.store import Run
from tuitrain.runs.watch import Watch
from tuitrain.ui import keys, telling
from tuitrain.ui.app import Cockpit
from tuitrain.ui.follow import Follow
from tuitrain.ui.portrait import Portrait
from tuitrain.ui.screens.help import Help
from tuitrain.ui.screens.quit import Choice, Quit
from tuitrain.ui.screens.stumbling import Stumbling
from tuitrain.ui.widgets.board import Board
from tuitrain.ui.widgets.runs import RunsTable
from tuitrain.ui.widgets.setup import Setup
from tuitrain.ui.widgets.status import Status

if TYPE_CHECKING:
    from tuitrain.ui.screens.picker import Pick

SQUARE = 70  # columns in which two panes of settings stand side by side
GLANCE = 2.0  # seconds between looks at the machine
AGAIN = 0.01  # seconds to the next look at a journal that is long: keys come between

STALLED = "Its process was stopped: kill -CONT {0} lets it go on."


class Main(Stumbling):
    """Settings on the left, what happens on the right."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FOOTER, *keys.CURVES, *keys.LOOK, *keys.MOVE, *keys.KEEP]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  an instance variable in Textual
        (0, "-narrow"),
        (110, "-roomy"),
        (200, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-short"), (32, "-tall")]  # noqa: RUF012  an instance variable in Textual
    AUTO_FOCUS = ""

    def __init__(self, experiment: Experiment, session: Session) -> None:
        super().__init__(session)
        self.experiment = experiment
        self.probe = Probe(session.runs_dir)
        self._reading: Timer | None = None
        if session.readonly:
            keys.hide(self, keys.DOING)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Status()
        with Horizontal(id="body"):
            yield Setup(self.experiment, self.session.survey)
            yield Board()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to follow the runs once the first frame is there; then have a worker get ready."""
        portrait = Portrait(self.board)
        self.follow = Follow(self.session, self.board, self.setup, self.query_one(Status), portrait, self.cockpit.pace)
        portrait.choose_view(None, self.experiment)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.query_one(RunsTable).focus()
        self.follow.update(force=True)
        self.follow.choose(self.session.wanted)
        self.set_interval(self.cockpit.pace.words, self.update)
        self.watch_machine()
        self._make_ready()

    def _make_ready(self) -> None:
        """Have a worker load torch while the person reads; what it says arrives without anybody waiting."""
        if not self.session.warm or self.session.readonly or self.session.active or self.session.standby:
            return
        standby = self.session.stand_by()
        loop = asyncio.get_running_loop()

        def arrived() -> None:
            loop.remove_reader(standby.fileno())
            self.setup.devices = standby.devices() or self.setup.devices

        loop.add_reader(standby.fileno(), arrived)

    def on_unmount(self) -> None:
        """Let go of the worker that waits; those that train go on."""
        if self.session.standby:
            asyncio.get_running_loop().remove_reader(self.session.standby.fileno())
        self.session.close()

    @property
    def cockpit(self) -> Cockpit:
        """The application."""
        return cast("Cockpit", self.app)

    @property
    def shown(self) -> Watch | None:
        """The run in front."""
        return self.follow.shown

    def update(self) -> None:
        """Read what is new in the runs and show it; have the next worker get ready when they are over."""
        self.follow.update()
        title, share, standing = telling.title(self.session.current, telling.score(self.follow.facts))
        more = standing in ("finished", "stopped") and bool(self.session.active)  # the next model has not begun yet
        self.cockpit.tell(title, share, "running" if more else standing)
        if self.session.behind and self._reading is None:
            self._reading = self.set_timer(AGAIN, self._read_on)
        self.ask_about_trouble()
        if any(answer["event"] == "probed" for answer in self.commands.answers()):
            self.action_view("rates")
        self.setup.devices = self.session.devices or self.setup.devices
        self._make_ready()

    @work
    async def watch_machine(self) -> None:
        """Show how busy the machine is; asking takes some ms, in a thread."""
        while True:
            await asyncio.sleep(GLANCE)
            await self._look_for_stalled()
            watch = self.follow.shown
            self.probe.follow(lock.holder(watch.run.lock) if watch and watch.state in ACTIVE else {})
            with suppress(OSError, RuntimeError):  # a container that locks the numbers away: then there are none
                sample = await asyncio.to_thread(self.probe.take)
                for board in self.query(Board):  # none where the screen was left meanwhile
                    board.show_machine(sample, telling.device(watch))

    async def _look_for_stalled(self) -> None:
        """Find the runs whose process was stopped, and tell it of each once."""
        before = self.follow.stalled
        found = await asyncio.to_thread(_stalled, [(watch.run, watch.state) for watch in self.session.active])
        if before != found.keys():
            self.follow.stalled = frozenset(found)
            self.follow.update(force=True)
        for name in found.keys() - before:
            self.notify(STALLED.format(found[name]), severity="warning", markup=False)

    def _read_on(self) -> None:
        """Read on in a long journal, a little at a time."""
        self._reading = None
        self.follow.update()
        if self.session.behind:
            self._reading = self.set_timer(AGAIN, self._read_on)

    def on_setup_changed(self, event: Setup.Changed) -> None:
        """Count the parameters of what is typed, as long as no run is shown."""
        if event.experiment is not None:
            self.experiment = event.experiment
            self.follow.describe(event.experiment)

    def on_runs_table_chosen(self, event: RunsTable.Chosen) -> None:
        """Show the run under the cursor."""
        self.follow.choose(event.key)

    def action_settings(self, open_only: bool = False) -> None:
        """Go to the settings; where they do not fit beside the rest, open or close them."""
        opened = True if open_only else not self.has_class("-drawer")
        self.set_class(opened and self.has_class("-narrow"), "-drawer")
        self._fold_settings()
        if opened or self.has_class("-roomy"):
            self.setup.focus()

    def on_resize(self) -> None:
        """Lay out the settings for the width there is now."""
        self._fold_settings()

    def _fold_settings(self) -> None:
        """Put the panes of settings into a square where they have the whole of a screen that is not too narrow."""
        self.remove_class("-drawer") if self.has_class("-roomy") else None
        self.setup.set_class(self.has_class("-drawer") and self.size.width >= SQUARE, "-wide")

    def action_own(self) -> None:
        """Choose data of one's own."""
        from tuitrain.ui.screens.picker import Picker  # with Textual's tree, which few need

        self.app.push_screen(Picker(self.session.survey, *self.setup.place), self._take)

    def on_setup_wanted(self) -> None:
        """Choose data of one's own."""
        self.action_own()

    def _take(self, pick: "Pick | None") -> None:
        if pick is not None:
            self.setup.take(pick.table, pick.place)

    def action_contents(self) -> None:
        """Show what the dataset of the settings holds."""
        from tuitrain.ui.screens.contents import Contents  # as above

        dataset = self.setup.dataset
        if dataset is None:
            self._complain()
        else:
            self.app.push_screen(Contents(dataset, self.session.survey))

    def action_leave(self) -> None:
        """Close the settings and let go of the field."""
        self.remove_class("-drawer")
        self.query_one(RunsTable).focus()

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(Help())

    async def action_quit(self) -> None:
        """Quit at once where nothing is being trained, else ask."""
        active = [] if self.session.recording or self.session.readonly else self.session.active
        if active:
            states = {watch.state for watch in active}
            paused = "paused" in states and states <= {"paused", "queued"}
            self.app.push_screen(Quit(len(active), paused=paused), self._quit)
        else:
            self.app.exit(0)

    def _quit(self, choice: Choice | None) -> None:
        if choice == "stop":
            self.action_stop_all()
        if choice in ("leave", "stop"):
            self.app.exit(0)


def _stalled(runs: Iterable[tuple[Run, str]]) -> dict[str, Any]:
    """Return the process of each of these runs, in the states given, that was stopped, by the run's name."""
    return {
        run.id: lock.holder(run.lock).get("pid") for run, state in runs if standing.doing(run.path, state) == "stalled"
    }
