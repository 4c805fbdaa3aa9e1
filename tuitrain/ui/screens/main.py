"""The cockpit's screen: wires settings and keys to calls of the session, and what runs tell to widgets."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer

from tuitrain.experiment import Experiment
from tuitrain.runs.session import Session
from tuitrain.runs.watch import Watch
from tuitrain.ui import keys
from tuitrain.ui.follow import Follow
from tuitrain.ui.screens.help import Help
from tuitrain.ui.screens.quit import Choice, Quit
from tuitrain.ui.widgets.board import VIEWS, Board
from tuitrain.ui.widgets.runs import RunsTable
from tuitrain.ui.widgets.setup import Setup
from tuitrain.ui.widgets.status import Status

TICK = 0.25  # seconds between looks at the journals


BUSY = "A training is under way: s stops it, space pauses it."
IDLE = "Nothing is being trained: F5 trains."


def natural_view(experiment: Experiment) -> str:
    """Return the view that shows most of what is learned from this data."""
    return "surface" if experiment.dataset.shape == (2,) else "confusion"


class Main(Screen[None]):
    """Settings on the left, what happens on the right."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TRAIN, *keys.LOOK, *keys.MOVE, *keys.APP]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  an instance variable in Textual
        (0, "-narrow"),
        (110, "-roomy"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012  an instance variable in Textual
    AUTO_FOCUS = ""

    def __init__(self, experiment: Experiment, session: Session) -> None:
        super().__init__()
        self.experiment = self.trained = experiment
        self.session = session

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Status()
        with Horizontal(id="body"):
            yield Setup(self.experiment)
            yield Board()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to follow the runs once the first frame is there; then have a worker get ready."""
        self.board.view = natural_view(self.experiment)
        self.follow = Follow(self.session, self.board, self.setup, self.query_one(Status))
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.query_one(RunsTable).focus()
        self.follow.update(force=True)
        self.set_interval(TICK, self.update)
        self._make_ready()

    @property
    def board(self) -> Board:
        """The right side."""
        return self.query_one(Board)

    @property
    def setup(self) -> Setup:
        """The left side."""
        return self.query_one(Setup)

    def _make_ready(self) -> None:
        """Have a worker load torch while the person reads; what it says arrives without anybody waiting."""
        if not self.session.warm or self.session.active or self.session.standby:
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
    def shown(self) -> Watch | None:
        """The run in front."""
        return self.follow.shown

    def update(self) -> None:
        """Read what is new in the runs and show it; have the next worker get ready when they are over."""
        self.follow.update()
        self._make_ready()

    def on_setup_changed(self, event: Setup.Changed) -> None:
        """Count the parameters of what is typed, as long as no run is shown."""
        if event.experiment is not None:
            self.experiment = event.experiment
            self.follow.describe(event.experiment)

    def on_runs_table_chosen(self, event: RunsTable.Chosen) -> None:
        """Show the run under the cursor."""
        self.follow.choose(event.key)

    def action_train(self) -> None:
        """Train what the settings say, unless something is wrong or a training is under way."""
        experiment = self.setup.experiment
        if self.session.active:
            self.notify(BUSY, severity="warning")
        elif experiment is None:
            self.notify(str(self.setup.problems[0]), title="Not yet", severity="error", markup=False)
            self.action_settings(open_only=True)
            self.setup.focus_problem()
        else:
            self._launch(experiment)

    def _launch(self, experiment: Experiment) -> None:
        try:
            self.session.launch(experiment)
        except OSError as error:
            self.notify(f"{error.filename}: {error.strerror}", title="No run was made", severity="error", markup=False)
            return
        self.remove_class("-drawer")
        self._show_from_the_start(experiment)

    def _show_from_the_start(self, experiment: Experiment) -> None:
        """Show other runs; keep the view in front unless it was for another kind of data."""
        if natural_view(experiment) != natural_view(self.trained):
            self.board.view = natural_view(experiment)
        self.trained = experiment
        self.follow.begin(experiment)

    def action_earlier(self) -> None:
        """Show the runs before these, with their settings."""
        if self.session.active:
            self.notify(BUSY, severity="warning")
        elif not self.session.open_earlier():
            self.notify("There are no runs yet: F5 trains.")
        elif (experiment := self.session.experiment()) is not None:
            self.setup.load(experiment)
            self._show_from_the_start(experiment)

    def action_pause(self) -> None:
        """Pause the run being trained, or let it go on."""
        current = self.session.current
        if current is None or current not in self.session.active:
            self.notify(IDLE)
            return
        self._send("resume" if current.state == "paused" else "pause", [current])

    def action_stop(self) -> None:
        """Stop the run being trained."""
        current = self.session.current
        if current is None or current not in self.session.active:
            self.notify(IDLE)
            return
        waiting = len(self.session.active) - 1
        self.notify("Stopping after this batch." + (f" {waiting} more will follow: S stops all." if waiting else ""))
        self._send("stop", [current])

    def action_stop_all(self) -> None:
        """Stop the run being trained and those that wait."""
        if not self.session.active:
            self.notify(IDLE)
        self._send("stop", self.session.active)

    def _send(self, action: str, watches: list[Watch]) -> None:
        try:
            self.session.send(action, watches)
        except OSError as error:
            self.notify(f"{error.filename}: {error.strerror}", severity="error", markup=False)

    def action_view(self, name: str) -> None:
        """Bring a view to the front."""
        self.board.view = name

    def action_next_view(self) -> None:
        """Bring the next view to the front."""
        names = list(VIEWS)
        self.board.view = names[(names.index(self.board.view) + 1) % len(names)]

    def action_zoom(self) -> None:
        """Give the whole side to the view in front, then to the charts, then to all again."""
        self.board.zoom()

    def action_next_run(self) -> None:
        """Show the pictures of the next run."""
        self.query_one(RunsTable).move(1)

    def action_settings(self, open_only: bool = False) -> None:
        """Go to the settings; where they do not fit beside the rest, open or close them."""
        opened = True if open_only else not self.has_class("-drawer")
        self.set_class(opened and self.has_class("-narrow"), "-drawer")
        self.setup.set_class(self.has_class("-drawer"), "-wide")
        if opened or self.has_class("-roomy"):
            self.setup.focus()

    def action_leave(self) -> None:
        """Close the settings and let go of the field."""
        self.remove_class("-drawer")
        self.query_one(RunsTable).focus()

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(Help())

    async def action_quit(self) -> None:
        """Quit at once where nothing is being trained, else ask."""
        active = self.session.active
        if active:
            self.app.push_screen(Quit(len(active)), self._quit)
        else:
            self.app.exit(0)

    def _quit(self, choice: Choice | None) -> None:
        if choice == "stop":
            self.action_stop_all()
        if choice in ("leave", "stop"):
            self.app.exit(0)
