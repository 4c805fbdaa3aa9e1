"""What a screen with settings does to train them: start, pause, take a step, try learning rates, stop.

It wires keys to commands; what is shown of it is the business of the screen that is made of it.
"""

from asyncio import to_thread
from collections.abc import Sequence

from textual import work
from textual.screen import Screen

from tuitrain.drawing.text import clean
from tuitrain.runs import lanes
from tuitrain.runs.session import Session
from tuitrain.ui.commands import ORDERS, STARTED, Commands, with_rate
from tuitrain.ui.follow import Follow
from tuitrain.ui.widgets.rates import Rates
from tuitrain.ui.widgets.setup import Setup


class Driving(Screen[None]):
    """The keys of the section `Training`, over one session."""

    follow: Follow

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.commands = Commands(session, self.notify, lambda: self.follow.shown)

    @property
    def setup(self) -> Setup:
        """The left side."""
        return self.query_one(Setup)

    def action_settings(self, open_only: bool = False) -> None:
        """Go to the settings."""
        raise NotImplementedError

    def on_rates_taken(self, event: Rates.Taken) -> None:
        """Put the suggested learning rate into the settings."""
        experiment = self.setup.experiment
        if experiment is None:
            self._complain()
            return
        self.setup.load(with_rate(experiment, event.rate))
        then = "s stops this training, then F5 trains with it" if self.session.active else "F5 trains with it"
        self.notify(f"optimizer.lr is {event.rate:.3g} in the settings now: {then}.")

    def action_train(self) -> None:
        """Train what the settings say, unless something is wrong or a training is under way."""
        if not self.commands.busy() and self._launch():
            self._mention_queue()

    @work
    async def _mention_queue(self) -> None:
        """Say where the line is trained at the same time: both are slower then."""
        found = await to_thread(lanes.at_work, self.session.runs_dir)
        if found:
            self.notify(f"The queue trains on {', '.join(found)} at the same time: Q shows it.", markup=False)

    def action_step(self) -> None:
        """Take a single step, of a new training where none is under way."""
        self._order("step")

    def action_probe(self) -> None:
        """Try learning rates, on a new run where none is under way."""
        self._order("probe")

    def _order(self, action: str) -> None:
        if self.session.active:
            self.commands.order(action)
        elif self._launch(ORDERS[action]):
            self.notify(STARTED[action])

    def _launch(self, orders: Sequence[str] = ()) -> bool:
        """Start a training of what the settings say; tell whether there is one."""
        experiment = self.setup.experiment
        if experiment is None:
            self._complain()
            return False
        if not self.commands.launch(experiment, orders):
            return False
        self.remove_class("-drawer")
        self.follow.begin()
        return True

    def _complain(self) -> None:
        """Say what is wrong with the settings, and go there."""
        self.notify(clean(str(self.setup.problems[0])), title="Not yet", severity="error", markup=False)
        self.action_settings(open_only=True)
        self.setup.focus_problem()

    def action_pause(self) -> None:
        """Pause the run being trained, or let it go on."""
        self.commands.pause()

    def action_stop(self) -> None:
        """Stop the run being trained."""
        self.commands.stop()

    def action_stop_all(self) -> None:
        """Stop the run being trained and those that wait."""
        self.commands.stop_all()
