"""What of a training is kept: the best state in memory; the last, the best and a ring of earlier ones on disk.

All are whole states that training goes on from; what is in them is the lesson's business.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from torch import nn

from tuitrain.engine import checkpoint, names
from tuitrain.engine.spread import crowded
from tuitrain.engine.state import State
from tuitrain.events import Event, Refused, Saved, Thinned, Warned
from tuitrain.training import Training

SHARE = 0.02  # of the time of training that saving may take
PAUSE = 5.0  # seconds between two saves by the clock at least
GRACE = 0.3  # seconds that saves may take beside: a run of seconds has a few checkpoints as well
RING_BUDGET = 500_000_000  # bytes of all checkpoints of the ring


@dataclass(slots=True)
class Keeper:
    """Watches the validation loss (mean, nats) and saves into `folder`."""

    folder: Path
    net: nn.Module
    training: Training
    """It says how often to save and how much to keep; none of that changes while it trains."""
    best_loss: float = float("inf")
    best_step: int = 0
    best: State | None = None
    """The state at the best step, on the device, or on the host after going on from a file; nothing changes it."""
    stale: int = 0
    """Evaluations since the best one."""
    saved: int = -1
    """The step that was saved last."""
    _ring: dict[int, int] = field(default_factory=dict)
    """Bytes of each checkpoint in the ring, by step."""
    _unsaved_best: bool = False
    _tidy: bool = False
    _tried: int = 0
    """The step of the last save, whether it came off or not."""
    _last: float = field(default_factory=monotonic)
    _cost: float = 0.0
    _spent: float = 0.0

    def consider(self, loss: float, step: int) -> bool:
        """Tell whether this loss is the lowest so far; if so, `best` is to become the state as it is."""
        if not loss < self.best_loss:
            self.stale += 1
            return False
        self.best_loss, self.best_step, self.stale, self._unsaved_best = loss, step, 0, True
        return True

    def wants(self, step: int) -> bool:
        """Tell whether the experiment asks for a checkpoint at just this step."""
        every = 0 if self.training.save_minutes else self.training.save_every
        return bool(every) and step % every == 0

    def due(self, step: int, steps: int, seconds: float, *, evaluated: bool) -> bool:
        """Tell whether to save now, `seconds` into a training of so many steps.

        By the clock that is when it stays within its share of the time. At an evaluation it is also as soon as the
        ring lacks one of as many as it holds, while all saves together cost little: so short runs have some too.
        """
        training, waited = self.training, monotonic() - self._last
        if step == self.saved:
            return False
        if training.save_minutes:
            return waited >= 60 * training.save_minutes
        if training.save_every:
            return self.wants(step)
        lacking = evaluated and (step - self._tried) * training.checkpoints >= steps
        cheap = self._spent + self._cost <= GRACE + SHARE * seconds
        return (lacking and cheap) or waited >= max(PAUSE, self._cost / SHARE)

    def save(self, state: State, command: str | None = None) -> Iterator[Event]:
        """Write best.pt where the best is new, last.pt, and its link in the ring; trouble with the disk is a warning.

        In this order, and no further than it goes: the best.pt that lies there is never older than last.pt knows.
        """
        began, self._tried = monotonic(), state["step"]
        for name, step, write in self._files(state):
            path = self.folder / name
            try:
                self._make_room()
                write(path)
            except OSError as error:
                sentence = f"{path} was not written: {error.strerror}; training goes on"
                yield (
                    Refused(step=state["step"], command=command, reason=sentence)
                    if command
                    else Warned(message=sentence)
                )
                break
            answered = command if name == "last.pt" else None  # a command has one answer
            command = None if name == "last.pt" else command
            yield Saved(step=step, path=self._told(path), command=answered)
            self._note(path, step)
        yield from self._thin()
        self._last = monotonic()
        self._cost = self._last - began
        self._spent += self._cost

    def save_best(self) -> Iterator[Event]:
        """Let last.pt be best.pt as well: the state in it proved to be the best after it was saved."""
        path = self.folder / "best.pt"
        try:
            checkpoint.link(self.folder / "last.pt", path)
            yield Saved(step=self.best_step, path=self._told(path))
        except OSError as error:
            yield Warned(message=f"{path} was not written: {error.strerror}")

    def known(self, step: int) -> State:
        """Return what the state of this step has to say of the best one; that itself, unless it is this one.

        Of the losses it knew there is only how many: they are the first of those that the state knows.
        """
        best = self.best if self.best_step != step else None
        lean = best and {**best, "losses": len(best["losses"])}
        return {"loss": self.best_loss, "step": self.best_step, "stale": self.stale, "state": lean}

    def put_back(self, state: State) -> None:
        """Go on from what a state says of the best one; whatever best.pt is, it is written anew."""
        known = state["best"]
        self.best_loss, self.best_step, self.stale = known["loss"], known["step"], known["stale"]
        itself = {key: value for key, value in state.items() if key != "best"}
        lean = known["state"]
        whole = {**lean, "losses": state["losses"][: lean["losses"]]} if lean else itself
        self.best = whole if self.best_step else None
        self._unsaved_best = self.best is not None

    def recall(self, step: int) -> None:
        """Take up the ring that lies in the folder, up to this step; the next save removes what is beyond it."""
        found = {at: path for at, path in names.ring(self.folder).items() if at <= step}
        self._ring = {at: path.stat().st_size for at, path in found.items() if checkpoint.known_digests(path)}
        self.saved, self._tried, self._tidy = -1, step, False

    @contextmanager
    def at_best(self) -> Iterator[None]:
        """Put the best weights in, and afterwards those that were there, bit for bit; there must be best ones."""
        there = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
        self.restore_best()
        try:
            yield
        finally:
            self.net.load_state_dict(there)

    def restore_best(self) -> None:
        """Put the best weights back, where there are any."""
        if self.best is not None:
            self.net.load_state_dict(self.best["model"])

    def _files(self, state: State) -> Iterator[tuple[str, int, Callable[[Path], None]]]:
        """Return name, step and writer of each file; what is the same as another is a link.

        Those of the ring do not wait for the disk: a power cut may cost some of them, and never the last or the best.
        """
        step = state["step"]
        last: Callable[[Path], None] = partial(checkpoint.save, state)
        if self.best is not None and self._unsaved_best:
            same = step == self.best_step
            best = state if same else {**self.best, "best": self.known(self.best_step) | {"stale": 0}}
            yield "best.pt", self.best_step, partial(checkpoint.save, best)
            last = partial(checkpoint.link, self.folder / "best.pt") if same else last
        yield "last.pt", step, last
        if self.training.checkpoints:
            yield self._at(step).name, step, partial(checkpoint.link, self.folder / "last.pt", durable=False)

    def _make_room(self) -> None:
        """Make the folder; once, remove what a process that was killed left in it, and what is beyond where it is."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._tidy:
            ours = {self._at(step).name for step in self._ring}
            beyond = [path for path in names.ring_files(self.folder) if path.name.removesuffix(".sha256") not in ours]
            for path in [*names.litter(self.folder), *beyond]:
                path.unlink()
            self._tidy = True

    def _note(self, path: Path, step: int) -> None:
        if path.name == "best.pt":
            self._unsaved_best = False
        elif path.name == "last.pt":
            self.saved = step
        else:
            self._ring = dict(sorted({**self._ring, step: path.stat().st_size}.items()))

    def _thin(self) -> Iterator[Event]:
        """Tell which checkpoints of the ring are too many, and remove them; the newest always stays."""
        gone = []
        while self._excessive:
            steps = list(self._ring)
            step = steps[crowded(steps) or 0]
            del self._ring[step]
            gone.append(self._at(step))
        yield from self.remove(gone)

    def forget(self, step: int) -> list[Path]:
        """Let go of the ring beyond this step, from which the training goes on; return what is to be removed."""
        gone = [self._at(at) for at in self._ring if at > step]
        self._ring = {at: size for at, size in self._ring.items() if at <= step}
        return gone

    def earlier(self, step: int) -> Iterator[Path]:
        """Return the checkpoints of the ring that are not beyond this step, the newest first."""
        return (self._at(at) for at in sorted(self._ring, reverse=True) if at <= step)

    def remove(self, gone: list[Path]) -> Iterator[Event]:
        """Tell that these checkpoints are no longer there, and remove them."""
        if not gone:
            return
        yield Thinned(paths=[self._told(path) for path in gone])
        try:
            for path in gone:
                checkpoint.remove(path)
        except OSError as error:
            yield Warned(message=f"{error.filename} was not removed: {error.strerror}; training goes on")

    @property
    def _excessive(self) -> bool:
        count, room = len(self._ring), sum(self._ring.values())
        return count > self.training.checkpoints or (count > 1 and room > RING_BUDGET)

    def _at(self, step: int) -> Path:
        return self.folder / names.ring_file(step)

    def _told(self, path: Path) -> str:
        return f"{self.folder.name}/{path.name}"
