"""Words that stand in for what is not drawn: nothing there, no room, more than fits. Must not know what that is."""

from rich.cells import cell_len

from tuitrain.drawing import palette
from tuitrain.drawing.cells import Canvas
from tuitrain.drawing.text import label

CROWDED = "no room"
NOTHING = "nothing yet"


def say(canvas: Canvas, words: str) -> None:
    """Write words in the middle, cut to the width."""
    text = label(words, canvas.width, canvas.look)
    canvas.write(canvas.height // 2, (canvas.width - cell_len(text)) // 2, text, palette.grey(canvas.look.dark))


def tell_more(canvas: Canvas, count: int, *, left: bool = False) -> None:
    """Say in the last line how many more there are, on the right or on the left; nothing where all are shown."""
    if count <= 0:
        return
    text = label(f"{'~' if canvas.look.ascii else '…'} {count} more", canvas.width, canvas.look)
    canvas.write(canvas.height - 1, 0 if left else canvas.width - len(text), text, palette.grey(canvas.look.dark))
