"""What a screen does where a training stumbled: it asks what becomes of it, once, and again when somebody wants to.

What the answer does is the training's business.
"""

from functools import partial

from tuitrain.runs import pictures
from tuitrain.runs.watch import Watch
from tuitrain.ui.commands import stumbled
from tuitrain.ui.screens.desk import Desk
from tuitrain.ui.screens.trouble import Choice, Trouble

LATER = "The training waits: space asks again."


class Stumbling(Desk):
    """Opens the question by itself, and with the key that lets a training go on."""

    _asked: tuple[str, str] | None = None
    """The run and the time of the trouble that was asked about last."""

    def ask_about_trouble(self) -> None:
        """Ask about the run in front where that is new; close the question where somebody else has answered it."""
        watch = self.follow.shown
        asking = stumbled(watch)
        if isinstance(self.app.screen, Trouble):
            if not asking and self.app.screen.ready:
                self.app.screen.dismiss(None)
        elif watch is not None and asking and self._asked != _name(watch) and self.app.screen is self:
            self._ask(watch)

    def action_pause(self) -> None:
        """Ask about the trouble that the training waits for, else pause or go on."""
        watch = self.follow.shown
        if watch is not None and stumbled(watch):
            self._ask(watch)
        else:
            super().action_pause()

    def _ask(self, watch: Watch) -> None:
        record = watch.history.trouble
        if record is None or self.session.recording or self.commands.looks_on():
            return
        self._asked = _name(watch)
        arrays = pictures.read(watch.run, record["path"]) if record.get("path") else {}
        page = Trouble(record, arrays, labels=watch.history.labels, subject=watch.model)
        self.app.push_screen(page, partial(self._decide, watch))

    def _decide(self, watch: Watch, choice: Choice | None) -> None:
        if choice is not None:
            self.commands.tell(watch, choice)
        elif watch.history.asking:
            self.notify(LATER)


def _name(watch: Watch) -> tuple[str, str]:
    """Return which trouble of which run it is: a step may come by twice."""
    return watch.run.id, str((watch.history.trouble or {}).get("time", ""))
