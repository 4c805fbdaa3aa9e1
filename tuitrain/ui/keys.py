"""The keys of the cockpit: one table that makes the bindings, the footer, the help screen and the README."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from textual.binding import Binding
from textual.screen import Screen

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
        show=False,
        tooltip="Try learning rates from 1e-6 to 10 and put the model back; with nothing under way on a new run",
    ),
    Binding("S", "stop_all", "stop all", id="stop-all", show=False, tooltip="Stop this training and those that wait"),
    Binding(
        "C", "change", "change", id="change", show=False, tooltip="Change a setting of the training while it goes on"
    ),
    Binding(
        "R",
        "resume",
        "resume",
        id="resume",
        show=False,
        tooltip="Go on with a run that was stopped, cut off or is over",
    ),
    Binding(
        "f",
        "fork",
        "branch",
        id="fork",
        show=False,
        tooltip="A branch: train on from the time cursor, with other settings",
    ),
    Binding("Q", "queue", "queue", id="queue", show=False, tooltip="What waits in line to be trained, on each device"),
]
CURVES = [
    Binding(
        "left,h",
        "cursor(-1)",
        "back in time",
        id="back",
        show=False,
        tooltip="The time cursor a column of the curve back",
    ),
    Binding(
        "right,l",
        "cursor(1)",
        "on in time",
        id="on",
        show=False,
        tooltip="The time cursor a column on, at the end to live",
    ),
    Binding(
        "shift+left,H", "cursor(-10)", "far back", id="far-back", show=False, tooltip="The time cursor ten columns back"
    ),
    Binding("shift+right,L", "cursor(10)", "far on", id="far-on", show=False, tooltip="The time cursor ten columns on"),
    Binding("home", "cursor_first", "first", id="first", show=False, tooltip="The time cursor to the first step"),
    Binding("end", "live", "live", id="live", show=False, tooltip="Back to what is happening now"),
    Binding("b", "cursor_best", "best", id="best", show=False, tooltip="The time cursor to the best evaluation"),
    Binding(
        "d",
        "difference",
        "difference",
        id="difference",
        show=False,
        tooltip="The views as their difference to the best",
    ),
    Binding("p", "play", "play", id="play", show=False, tooltip="Play the training from the time cursor on, or halt"),
    Binding(
        "less_than_sign", "speed(-1)", "slower", key_display="<", id="slower", show=False, tooltip="Play more slowly"
    ),
    Binding("greater_than_sign", "speed(1)", "faster", key_display=">", id="faster", show=False, tooltip="Play faster"),
    Binding(
        "plus,equals_sign", "scale(-1)", "closer", id="closer", show=False, tooltip="Less of the time axis, closer"
    ),
    Binding("minus", "scale(1)", "wider", id="wider", show=False, tooltip="More of the time axis"),
    Binding(
        "left_square_bracket", "pan(-1)", "earlier", id="earlier", show=False, tooltip="An earlier part of the curves"
    ),
    Binding("right_square_bracket", "pan(1)", "later", id="later", show=False, tooltip="A later part of the curves"),
    Binding("0", "unscale", "all of it", id="unscale", show=False, tooltip="All of the curves again"),
    Binding(
        "w", "window", "window", id="window", show=False, tooltip="The whole history, or only its last part as it grows"
    ),
    Binding("x", "axis", "axis", id="axis", show=False, tooltip="Curves over steps, epochs or time"),
    Binding("X", "log_x", "log x", id="log-x", show=False, tooltip="A logarithmic time axis, or a linear one"),
    Binding("Y", "log_y", "log y", id="log-y", show=False, tooltip="Logarithmic values, or linear ones"),
    Binding(
        "O", "outliers", "outliers", id="outliers", show=False, tooltip="Leave outliers out of the range of values"
    ),
    Binding(
        "m", "smooth", "smooth", id="smooth", show=False, tooltip="Smooth the training curves: 0.1, 0.02, not at all"
    ),
    Binding(
        "g", "next_chart", "chart", id="next-chart", show=False, tooltip="The next curve: score, rate, gradient, speed"
    ),
]
VIEWS = {
    "confusion": ("1", "Which classes are taken for which"),
    "surface": ("2", "What is predicted all over the plane, or along one input"),
    "parameters": ("3", "Shapes, counts, bytes and operations of the layers; how large gradients and updates are"),
    "weights": ("4", "First-layer weights as images"),
    "samples": ("5", "A batch as it is trained on, and what the model thinks of each image"),
    "mistakes": ("6", "The samples with the worst loss"),
    "embedding": ("7", "What the last layer is given, laid out in the plane"),
    "classes": ("8", "Precision, recall, F1 and average precision of each class"),
    "rates": ("9", "The loss over the learning rates that were tried"),
    "machine": ("f6", "How busy processor, memory and graphics card are"),
    "log": ("f7", "What the run had to say"),
    "file": ("f8", "The experiment file: exactly what is trained"),
}
"""The views in their order: the key of each, and what it shows."""
LOOK = [
    *(
        Binding(key, f"view('{name}')", name, id=name, show=False, tooltip=f"{tooltip}; again: move inside")
        for name, (key, tooltip) in VIEWS.items()
    ),
    Binding("v", "next_view(1)", "next view", id="next-view", show=False, tooltip="The next view"),
    Binding("V", "next_view(-1)", "previous view", id="previous-view", show=False, tooltip="The view before"),
    Binding(
        "a", "aspect", "aspect", id="aspect", show=False, tooltip="Another side of the view, such as shares for counts"
    ),
    Binding("z", "zoom", "zoom", id="zoom", tooltip="Only the view in front, all charts, one chart, everything again"),
]
MOVE = [
    Binding(
        "f2,c", "settings", "settings", key_display="c", id="settings", tooltip="To the settings, or away from them"
    ),
    Binding("e", "editor", "editor", id="editor", show=False, tooltip="The experiment as a file in $EDITOR, and back"),
    Binding("u", "undo", "undo", id="undo", show=False, tooltip="Take back the last change of the settings"),
    Binding("U", "redo", "redo", id="redo", show=False, tooltip="Make it again"),
    Binding(
        "ctrl+o", "own", "data", id="own", show=False, tooltip="Your own data: a table, arrays, or folders of images"
    ),
    Binding("P", "contents", "preview", id="contents", show=False, tooltip="What the dataset of the settings holds"),
    Binding("escape", "leave", "back", id="leave", show=False, tooltip="Leave a field or a view, close the settings"),
]
KEEP = [
    Binding("o", "runs", "runs", id="runs", tooltip="All runs: find, compare, open, name and remove them"),
    Binding("n", "next_run(1)", "next run", id="next-run", show=False, tooltip="The pictures of the next run"),
    Binding("N", "next_run(-1)", "previous run", id="previous-run", show=False, tooltip="Those of the run before"),
    Binding("y", "copy", "copy", id="copy", show=False, tooltip="Copy a value, a table or the command line"),
    Binding("E", "export", "export", id="export", show=False, tooltip="The view, the curves or a report as a file"),
]
APP = [
    Binding("question_mark,f1", "help", "help", key_display="?", id="help", tooltip="All keys"),
    Binding("T", "app.theme", "theme", id="theme", show=False, tooltip="Dark or light"),
    Binding(
        "ctrl+z", "app.suspend_process", "suspend", id="suspend", show=False, tooltip="To the shell; fg comes back"
    ),
    Binding("q,ctrl+q", "quit", "quit", key_display="q", id="quit", tooltip="Quit; asks what becomes of a training"),
]
FOOTER = [TRAIN[0], *APP, *TRAIN[1:]]
"""In a narrow terminal the first ones are seen: how to begin, how to find out more, how to leave."""
DOING = frozenset({"train", "pause", "stop", "step"})
"""The actions in the footer that do nothing where one only looks on."""
FIELDS = [
    ("tab, shift+tab", "the next or previous field or pane"),
    ("up down, k j", "the previous or next field, run, line or row of images"),
    ("left right, h l", "change a choice; the previous or next image"),
    ("h j k l, H L", "inside a view: move over what does not fit, by pages too; so do pageup, pagedown and the wheel"),
    ("+ - 0", "inside a surface: closer, wider, all of it"),
    ("i", "in the view of rates: put the suggested one into the settings"),
    ("enter", "open a choice, edit a model; a letter goes to what begins with it, after / any letter"),
    ("comma", "several values in a field, both of a switch; in an open choice it marks: a run for each"),
    ("ctrl+_, ctrl+/", "in a field: take back the last change"),
    ("ctrl+p", "command palette"),
]
"""Keys that widgets handle themselves, for the help screen."""
SIGNS = {
    "question_mark": "?",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "asterisk": "*",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}
"""How Textual names the keys that are no letters."""
SECTIONS = {"Training": TRAIN, "Curves": CURVES, "Views": LOOK, "Settings": MOVE, "Runs": KEEP, "Program": APP}


def hide(screen: Screen[Any], actions: Collection[str]) -> None:
    """Leave the keys of these actions out of the footer of a screen; pressed they say why they do nothing."""
    bound = screen._bindings.key_to_bindings  # Textual has no other place for the keys of one instance
    for key, bindings in bound.items():
        shown = [replace(one, show=one.show and one.action.partition("(")[0] not in actions) for one in bindings]
        bound[key] = shown


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
    for name, sign in SIGNS.items():
        key = key.replace(name, sign)
    return ", ".join(word.upper() if word[0] == "f" and word[1:].isdigit() else word for word in key.split(","))
