"""A training cockpit in the terminal: experiments become runs, runs become curves.

From Python: `Experiment.from_file`, `train`, `Run.open`; `tuitrain.api` says more.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuitrain.api import Run, train
    from tuitrain.experiment import Experiment

__all__ = ["Experiment", "Run", "train"]


def __getattr__(name: str) -> Any:
    """Load the interface for Python when it is asked for: the command line must not wait for it."""
    if name in __all__:
        from tuitrain import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
