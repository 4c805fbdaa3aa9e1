"""The cockpit's screen: wires settings and keys to calls of the session, and what runs tell to widgets."""

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Footer

from tuitrain.experiment import Experiment
from tuitrain.runs.session import Session
from tuitrain.runs.watch import Watch
from tuitrain.ui import keys
from tuitrain.ui.follow import Follow
from tuitrain.ui.screens.driving import Driving
from tuitrain.ui.screens.help import Help
from tuitrain.ui.screens.quit import Choice, Quit
from tuitrain.ui.widgets.board import Board
from tuitrain.ui.widgets.runs import RunsTable
from tuitrain.ui.widgets.setup import Setup
from tuitrain.ui.widgets.status import Status

if TYPE_CHECKING:
    from tuitrain.ui.screens.picker import Pick

TICK = 0.25  # seconds between looks at the journals


class Main(Driving):
    """Settings on the left, what happens on the right."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TRAIN, *keys.LOOK, *keys.MOVE, *keys.APP]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  an instance variable in Textual
        (0, "-narrow"),
        (110, "-roomy"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012  an instance variable in Textual
    AUTO_FOCUS = ""

    def __init__(self, experiment: Experiment, session: Session) -> None:
        super().__init__(session)
        self.experiment = experiment

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Status()
        with Horizontal(id="body"):
            yield Setup(self.experiment, self.session.survey)
            yield Board()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to follow the runs once the first frame is there; then have a worker get ready."""
        self.follow = Follow(self.session, self.board, self.setup, self.query_one(Status))
        self.follow.choose_view()
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
        if any(answer["event"] == "probed" for answer in self.commands.answers()):
            self.action_view("rates")
        self.setup.devices = self.session.devices or self.setup.devices
        self._make_ready()

    def on_setup_changed(self, event: Setup.Changed) -> None:
        """Count the parameters of what is typed, as long as no run is shown."""
        if event.experiment is not None:
            self.experiment = event.experiment
            self.follow.describe(event.experiment)

    def on_runs_table_chosen(self, event: RunsTable.Chosen) -> None:
        """Show the run under the cursor."""
        self.follow.choose(event.key)

    def action_earlier(self) -> None:
        """Show the runs before these, with their settings."""
        if self.commands.busy():
            return
        if not self.session.open_earlier():
            self.notify("There are no runs yet: F5 trains.")
        elif (experiment := self.session.experiment()) is not None:
            self.setup.load(experiment)
            self.follow.begin()

    def action_view(self, name: str) -> None:
        """Bring a view to the front, and send keys there unless a person is at the settings."""
        self.board.view = name
        if not self.setup.has_focus_within:
            self.board.focus_view()

    def action_next_view(self) -> None:
        """Bring the next view to the front."""
        names = list(keys.VIEWS)
        self.action_view(names[(names.index(self.board.view) + 1) % len(names)])

    def action_smooth(self) -> None:
        """Smooth the training curves more, or not at all."""
        self.board.smooth()

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
