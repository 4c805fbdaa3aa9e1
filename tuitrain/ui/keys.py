"""The keys of the cockpit: one table that makes the bindings, the footer, the help screen and the README."""

from textual.binding import Binding

TRAIN = [
    Binding(
        "f5,ctrl+r",
        "train",
        "train",
        key_display="F5",
        id="train",
        tooltip="Train every model of the list, one after another",
    ),
    Binding("space", "pause", "pause", id="pause", tooltip="Pause the training, or go on"),
    Binding(
        "s", "stop", "stop", id="stop", tooltip="Stop softly: finish the batch, evaluate, save; the next model goes on"
    ),
    Binding("S", "stop_all", "stop all", id="stop-all", show=False, tooltip="Stop this training and those that wait"),
]
LOOK = [
    Binding(
        "1", "view('confusion')", "confusion", id="confusion", show=False, tooltip="Which classes are taken for which"
    ),
    Binding("2", "view('surface')", "surface", id="surface", show=False, tooltip="Decision surface of data in a plane"),
    Binding(
        "3",
        "view('parameters')",
        "parameters",
        id="parameters",
        show=False,
        tooltip="Names, shapes and counts of the parameters",
    ),
    Binding("4", "view('weights')", "weights", id="weights", show=False, tooltip="First-layer weights as images"),
    Binding("5", "view('log')", "log", id="log", show=False, tooltip="What the run had to say"),
    Binding("v", "next_view", "view", id="next-view", tooltip="The next view"),
    Binding("z", "zoom", "zoom", id="zoom", tooltip="Only the view in front, only the charts, all again"),
    Binding("o", "earlier", "older", id="earlier", tooltip="The runs before these, and their settings"),
    Binding("n", "next_run", "run", id="next-run", tooltip="The pictures of the next run"),
]
MOVE = [
    Binding(
        "f2,e",
        "settings",
        "settings",
        key_display="e",
        id="settings",
        tooltip="To the settings; in a small terminal opens and closes them",
    ),
    Binding("escape", "leave", "back", id="leave", show=False, tooltip="Leave a field, close the settings"),
]
APP = [
    Binding("question_mark,f1", "help", "help", key_display="?", id="help", tooltip="All keys"),
    Binding("q,ctrl+q", "quit", "quit", key_display="q", id="quit", tooltip="Quit; asks what becomes of a training"),
]
FIELDS = [
    ("tab, shift+tab", "the next or previous field or pane"),
    ("up down, k j", "the previous or next field, run or line"),
    ("left right, h l", "change a choice"),
    ("enter", "open a choice, edit a model"),
    ("ctrl+p", "command palette"),
]
"""Keys that widgets handle themselves, for the help screen."""
SECTIONS = {"Training": TRAIN, "Looking": LOOK, "Settings": MOVE, "Program": APP}


def rows() -> list[tuple[str, str, str]]:
    """Return section, keys and meaning of every key, in the order of the help screen."""
    bound = [
        (section, binding.key.replace("question_mark", "?").replace(",", ", "), binding.tooltip)
        for section, bindings in SECTIONS.items()
        for binding in bindings
    ]
    return bound + [("Moving", keys, meaning) for keys, meaning in FIELDS]
