"""Which pictures of a run are taken and which are kept: for a share of the time, and in bounded room on disk.

What a picture shows is the camera's business.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from torch import Tensor

from tuitrain.engine import names
from tuitrain.engine.evaluation import Classified, Predicted
from tuitrain.engine.keeper import Keeper
from tuitrain.engine.snapshot import Camera
from tuitrain.engine.spread import crowded
from tuitrain.events import Event, Snapshot, Thinned, Warned

SNAPSHOT_BUDGET = 50_000_000  # bytes of all snapshots of a run
SNAPSHOTS = 400  # of a run at most: more than a person steps through, and 125 kB for each
SHARE = 0.02  # of the time of training that pictures may take
GRACE = 1.0  # seconds that they may take beside: a run of seconds has a picture of each evaluation
ALIVE = 10.0  # seconds of training without a picture after which one is taken between evaluations


@dataclass(slots=True)
class Album:
    """Takes the pictures of one training; `seconds` are those of training so far, without pauses."""

    camera: Camera
    keeper: Keeper
    look: Callable[[], Classified | Predicted]
    """Measures the watched split with the weights as they are."""
    looking: float = 0.0
    """Seconds that the last look took: an evaluation takes one anyway, a picture between two does not."""
    _shots: dict[int, tuple[str, int]] = field(default_factory=dict)
    """By step, in their order: the path relative to the run, and bytes."""
    _pictured: int = 0
    """The best step of which a picture was taken last."""
    _order: Tensor | None = None
    """The batch of the best step."""
    _last: float = 0.0
    _taking: float = 0.0
    _spent: float = 0.0

    def add(
        self, found: Classified | Predicted, step: int, seconds: float, *, last: bool = False, tsne: bool = False
    ) -> Iterator[Event]:
        """Take a picture of a step that was evaluated where one is due: the first and the last always are.

        Where the best step still lacks its own, that comes before.
        """
        if step == self.keeper.best_step:
            self._order = self.camera.order
        due = self._spent <= GRACE + SHARE * seconds
        if last or (due and (step == self.keeper.best_step or not self._lacking)):
            yield from self._keep(self._take(found, step, seconds, last=last, tsne=tsne))
        elif due:
            yield from self.complete(seconds)

    def refresh(self, step: int, seconds: float) -> Iterator[Event]:
        """Take a picture between evaluations where there was none for so long that it is worth what it costs."""
        if seconds - self._last >= max(ALIVE, (self.looking + self._taking) / SHARE):
            self._spent += self.looking
            yield from self._keep(self._take(self.look(), step, seconds))

    def recall(self, step: int, seconds: float) -> Iterator[Event]:
        """Take up the pictures that lie in the folder up to this step; those beyond it are nobody's and go."""
        found = names.pictures(self.camera.folder)
        told = {at: f"{path.parent.name}/{path.name}" for at, path in found.items() if at <= step}
        self._shots = {at: (name, found[at].stat().st_size) for at, name in told.items()}
        self._pictured = self.keeper.best_step if self.keeper.best_step in told else 0
        self._last, self._spent = seconds, SHARE * seconds
        try:
            for path in [path for at, path in found.items() if at > step]:
                path.unlink()
        except OSError as error:
            yield Warned(message=f"{error.filename} was not removed: {error.strerror}; training goes on")

    def complete(self, seconds: float, *, last: bool = False) -> Iterator[Event]:
        """Take the picture that the best step lacks, if it does: its weights are put in for a moment."""
        if self._lacking:
            self._spent += self.looking
            order, self.camera.order = self.camera.order, self._order
            with self.keeper.at_best():
                event = self._take(self.look(), self.keeper.best_step, seconds, last=last)
            self.camera.order = order
            yield from self._keep(event)

    @property
    def _lacking(self) -> bool:
        """Whether there is a best step that nobody took a picture of, or tried to."""
        return self.keeper.best_step != self._pictured

    def _take(
        self, found: Classified | Predicted, step: int, seconds: float, *, last: bool = False, tsne: bool = False
    ) -> Event | None:
        """Take one; return what there is to tell, which is nothing where a picture told of was taken again."""
        began, known = monotonic(), step in self._shots
        self._pictured = step if step == self.keeper.best_step else self._pictured
        try:
            path = self.camera.take(self.keeper.net, found, step, last=last, tsne=tsne)
            self._shots = dict(sorted({**self._shots, step: (path, self._file(path).stat().st_size)}.items()))
            return None if known else Snapshot(step=step, path=path)
        except OSError as error:
            return Warned(message=f"the snapshot of step {step} was not written: {error.strerror}; training goes on")
        finally:
            self._last, self._taking = seconds, monotonic() - began
            self._spent += self._taking

    def _keep(self, event: Event | None) -> Iterator[Event]:
        """Tell of a picture; where there are too many now, tell which go before they are removed."""
        if event:
            yield event
        while self._excessive and (gone := self._crowded()):
            paths = [self._shots.pop(step)[0] for step in gone]
            yield Thinned(paths=paths)
            try:
                for path in paths:
                    self._file(path).unlink(missing_ok=True)
            except OSError as error:
                yield Warned(message=f"{error.filename} was not removed: {error.strerror}; training goes on")

    @property
    def _excessive(self) -> bool:
        return len(self._shots) > SNAPSHOTS or sum(size for _, size in self._shots.values()) > SNAPSHOT_BUDGET

    def _crowded(self) -> list[int]:
        """Return about half of the steps: again and again the one whose neighbours are nearest to each other.

        So the rest is spread evenly over the training, however densely pictures came. Neither the first, the last, nor
        the best step is among them. 20 ms for 400.
        """
        steps, gone = list(self._shots), []
        for _ in range(len(steps) // 2):
            place = crowded(steps, kept=(self.keeper.best_step,))
            if place is not None:
                gone.append(steps.pop(place))
        return gone

    def _file(self, path: str) -> Path:
        return self.camera.folder.parent / path
