"""What a screen does to train on: other settings while it goes on, a run resumed, a branch. It wires pages to calls.

What is looked at, and which runs there are, is the business of the screens around it.
"""

from asyncio import to_thread
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import work

from tuitrain.drawing.text import clean
from tuitrain.runs import again, checkpoints
from tuitrain.runs.again import NotThus
from tuitrain.runs.watch import Watch
from tuitrain.ui import prospects
from tuitrain.ui.commands import STUMBLED, stumbled
from tuitrain.ui.screens.looking import Looking

if TYPE_CHECKING:
    from tuitrain.ui.screens.changing import Order

NOBODY = "There is no run yet: F5 trains, o lists those of other days."
UNREADABLE = "What this run trains cannot be read: its experiment.toml is damaged, or of a later version."
GOING = "It is under way already: space pauses it, C changes it."
WAITING = "It is paused: space lets it go on, C changes it."
RESUMED = "Going on from step {0:,}."
ANEW = "No checkpoint was left: it begins anew."
BRANCHED = "A branch from step {0:,}: it is trained beside its trunk, n shows the other one."


class Continuing(Looking):
    """The keys that train on what there is."""

    def action_change(self) -> None:
        """Change settings of the training under way, or tell it something else."""
        from tuitrain.ui.edits import Edits, changeable  # what these pages need is loaded when they are wanted
        from tuitrain.ui.screens.changing import Changing

        watch = self.commands.current()
        if watch is None:
            return
        experiment = prospects.present(watch)
        if experiment is None:
            self.notify(UNREADABLE, severity="error")
            return
        page = Changing(watch.model, Edits(experiment, changeable), steps=not watch.history.one_go)
        self.app.push_screen(page, partial(self._tell, watch))

    def _tell(self, watch: Watch, orders: "Sequence[Order] | None") -> None:
        for order in orders or ():
            self.commands.tell(watch, order.action, **order.arguments)

    @work
    async def action_resume(self) -> None:
        """Go on with the run in front; where it is over, for how long is asked."""
        from tuitrain.ui.screens.longer import Longer

        watch = self.follow.shown or self.session.current
        if self.commands.barred():
            return
        if watch is None or watch in self.session.active:
            paused = watch is not None and watch.state == "paused"
            going = STUMBLED if stumbled(watch) else WAITING if paused else GOING
            self.notify(NOBODY if watch is None else going)
            return
        longer: dict[str, str] = {}
        if watch.state == "finished":
            experiment = prospects.present(watch)
            if experiment is None or watch.history.one_go:
                self.notify(UNREADABLE if experiment is None else prospects.ONE_GO, severity="warning")
                return
            unit, text = prospects.proposed(experiment)
            refused = again.resumable(watch, **{unit: text})
            if refused:
                self._refuse("Not resumed", NotThus(refused))
                return
            said = await self.app.push_screen_wait(Longer(watch.model, unit, text, partial(prospects.longer, watch)))
            if said is None:
                return
            longer = {unit: said}
        await self._resume(watch, **longer)

    async def _resume(self, watch: Watch, **longer: str) -> None:
        try:
            await to_thread(again.prepare, watch, **longer)  # it may wait a second for the lock
            step = self.session.resume(watch)
        except (NotThus, OSError) as refused:
            self._refuse("Not resumed", refused)
        else:
            self.follow.choose(watch.run.id)
            self.notify(ANEW if step is None else RESUMED.format(step))

    def _refuse(self, title: str, refused: NotThus | OSError) -> None:
        words = f"{refused.filename}: {refused.strerror}" if isinstance(refused, OSError) else str(refused)
        self.notify(clean(words), title=title, severity="error", markup=False)

    @work
    async def action_fork(self) -> None:
        """Train a branch from the last checkpoint up to the time cursor; live, from the best one."""
        from tuitrain.ui.screens.branching import Branching

        watch = self.follow.shown or self.session.current
        if self.commands.barred():
            return
        if watch is None:
            self.notify(NOBODY)
            return
        points = checkpoints.checkpoints(watch.run, watch.history)
        begin = prospects.beginning(points, self.follow.cursor)
        if begin is None:
            self.notify(clean(prospects.missing(points, self.follow.cursor)), severity="warning", markup=False)
            return
        if watch.experiment is None:
            self.notify(UNREADABLE, severity="error")
            return
        page = Branching(watch.model, points, begin, partial(prospects.edits, watch), partial(prospects.left, watch))
        chosen = await self.app.push_screen_wait(page)
        if chosen is not None:
            await self._branch(watch, *chosen)

    async def _branch(self, watch: Watch, step: int, overrides: Sequence[str]) -> None:
        try:  # a large checkpoint is read whole, for its digest
            run = await to_thread(again.branch, watch.run, str(step), overrides, self.session.runs_dir)
            self.session.branch(watch, run)
        except (NotThus, OSError) as refused:
            self._refuse("No branch", refused)
        else:
            self.commands.hear(run)
            self.follow.begin()
            self.follow.choose(run.id)
            self.notify(BRANCHED.format(step))
