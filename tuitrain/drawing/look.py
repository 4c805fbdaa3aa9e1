"""How a terminal looks: what may be painted on it. Light to import: the screen asks before anything is drawn."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuitrain.drawing.album import Album


@dataclass(frozen=True)
class Look:
    """How the terminal is.

    With `ascii` only characters below 128 are emitted; without `colour` (NO_COLOR) characters alone carry
    the meaning; `dark` tells whether the background is dark; `depth` is the bits of a colour: 24, 8 (the 256
    of xterm) or 4. With an `album` the terminal shows images itself: cells only hold their places, and mean
    nothing on paper.
    """

    ascii: bool = False
    colour: bool = True
    dark: bool = True
    depth: int = 24
    album: "Album | None" = field(default=None, compare=False, repr=False)

    @property
    def pixels(self) -> bool:
        """Whether half blocks can show a picture; sixteen colours are too few."""
        return self.colour and not self.ascii and self.depth >= 8
