"""How a terminal looks: what may be painted on it. Light to import: the screen asks before anything is drawn."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How the terminal is.

    With `ascii` only characters below 128 are emitted; without `colour` (NO_COLOR) characters alone carry
    the meaning; `dark` tells whether the background is dark; `depth` is the bits of a colour: 24, 8 (the 256
    of xterm) or 4.
    """

    ascii: bool = False
    colour: bool = True
    dark: bool = True
    depth: int = 24

    @property
    def pixels(self) -> bool:
        """Whether half blocks can show a picture; sixteen colours are too few."""
        return self.colour and not self.ascii and self.depth >= 8
