"""What stands in places of the screen that are empty: what fills them, or why nothing will. No widgets."""

from typing import NamedTuple

from tuitrain.runs.session import ACTIVE
from tuitrain.runs.watch import Watch

FIRST = "F5 trains the models in the list, 1 to 9 show what they learned, ? lists all keys"
NO_PICTURE = "no picture was taken up to here: b goes to the best step, end back to now"
TRYING = "r tries learning rates where the training is now, and puts the model back"
NONE_TRIED = "none were tried in this run: r tries them on a new, paused one"


class Waiting(NamedTuple):
    """What stands in empty charts, in empty views, and where learning rates will be: what fills them."""

    charts: str
    views: str
    rates: str


def waiting(watch: Watch | None, step: int | None = None) -> Waiting:
    """Return what stands in places that are empty."""
    if watch is None:
        return Waiting("nothing yet: F5 trains", FIRST, "nothing yet: r tries learning rates on a new, paused run")
    if watch.history.one_go:
        done = watch.history.ended
        words = "fitted in one go: there is no curve" if done else "being fitted in one go, without steps"
        return Waiting(words, words, "a model that is fitted in one go has no learning rate")
    words = "with the first evaluation" if watch.state in ACTIVE else "there is nothing to show of this run"
    if watch.state == "lost":
        words = "the worker of this run is gone, and left nothing to show: R begins it anew"
    if step is not None:
        return Waiting(words, NO_PICTURE, NONE_TRIED)
    return Waiting(words, words, TRYING if watch.state in ACTIVE else NONE_TRIED)
