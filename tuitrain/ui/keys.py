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
    Binding(
        "full_stop",
        "step",
        "step",
        key_display=".",
        id="step",
        tooltip="Pause, take one step and look at it closely; with nothing under way start with it",
    ),
    Binding(
        "r",
        "probe",
        "rates",
        id="probe",
        tooltip="Try learning rates from 1e-6 to 10 and put the model back; with nothing under way on a new run",
    ),
    Binding("S", "stop_all", "stop all", id="stop-all", show=False, tooltip="Stop this training and those that wait"),
]
VIEWS = {
    "confusion": ("1", "Which classes are taken for which"),
    "surface": ("2", "What is predicted all over the plane, or along one input"),
    "parameters": ("3", "Names, shapes and counts of the parameters; after a single step gradients and updates"),
    "weights": ("4", "First-layer weights as images"),
    "samples": ("5", "A batch as it is trained on, and what the model thinks of each image"),
    "mistakes": ("6", "The samples with the worst loss"),
    "embedding": ("7", "What the last layer is given, laid out in the plane"),
    "classes": ("8", "Precision, recall, F1 and average precision of each class"),
    "rates": ("9", "The loss over the learning rates that were tried"),
    "log": ("0", "What the run had to say"),
}
"""The views in their order: the key of each, and what it shows."""
LOOK = [
    *(
        Binding(key, f"view('{name}')", name, id=name, show=False, tooltip=tooltip)
        for name, (key, tooltip) in VIEWS.items()
    ),
    Binding("v", "next_view", "view", id="next-view", show=False, tooltip="The next view"),
    Binding("z", "zoom", "zoom", id="zoom", tooltip="Only the view in front, only the charts, all again"),
    Binding(
        "m", "smooth", "smooth", id="smooth", show=False, tooltip="Smooth the training curves: 0.1, 0.02, not at all"
    ),
    Binding("o", "earlier", "older", id="earlier", show=False, tooltip="The runs before these, and their settings"),
    Binding("n", "next_run", "run", id="next-run", show=False, tooltip="The pictures of the next run"),
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
    Binding(
        "ctrl+o", "own", "data", id="own", show=False, tooltip="Your own data: a table, arrays, or folders of images"
    ),
    Binding("p", "contents", "preview", id="contents", show=False, tooltip="What the dataset of the settings holds"),
    Binding("escape", "leave", "back", id="leave", show=False, tooltip="Leave a field, close the settings"),
]
APP = [
    Binding("question_mark,f1", "help", "help", key_display="?", id="help", tooltip="All keys"),
    Binding("q,ctrl+q", "quit", "quit", key_display="q", id="quit", tooltip="Quit; asks what becomes of a training"),
]
FIELDS = [
    ("tab, shift+tab", "the next or previous field or pane"),
    ("up down, k j", "the previous or next field, run, line or row of images"),
    ("left right, h l", "change a choice; the previous or next image"),
    ("i", "in the view of rates: put the suggested one into the settings"),
    ("enter", "open a choice, edit a model; a letter goes to what begins with it, after / any letter"),
    ("comma", "several values in a field, both of a switch; in an open choice it marks: a run for each"),
    ("ctrl+p", "command palette"),
]
"""Keys that widgets handle themselves, for the help screen."""
SECTIONS = {"Training": TRAIN, "Looking": LOOK, "Settings": MOVE, "Program": APP}


def rows() -> list[tuple[str, str, str]]:
    """Return section, keys and meaning of every key, in the order of the help screen."""
    bound = [
        (section, written(binding.key), binding.tooltip)
        for section, bindings in SECTIONS.items()
        for binding in bindings
    ]
    return bound + [("Moving", keys, meaning) for keys, meaning in FIELDS]


def written(key: str) -> str:
    """Return the keys of a binding as they are printed on a keyboard."""
    return key.replace("question_mark", "?").replace("full_stop", ".").replace(",", ", ")
