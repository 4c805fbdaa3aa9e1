"""A person's own arrays as lines that read them again."""

from pathlib import Path
from textwrap import dedent

from tuitrain.datasets.archive import NPZ
from tuitrain.datasets.members import Members
from tuitrain.script.course import Course
from tuitrain.script.deal import dealt

PARTS = ("train", "val", "test")
READ = '''
    with np.load({path!r}, allow_pickle=False) as file:
        arrays = {{name: file[name] for name in {names!r}}}


    def inputs(array):
        """Return the samples [N, ...], channels first: bytes as they are, all else as float32."""
        array = array if array.dtype == np.uint8 else array.astype(np.float32)
        return {arranged}


    def answers(array):
        """Return what is to be told [N, ...], one row a sample."""
        array = np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array
        return {answered}


'''
TARGETS = """
labels = {{part: array.astype(np.float32) for part, array in labels.items()}}
"""
CLASSES = """
classes = {classes}
labels = {{part: np.searchsorted(classes, array[:, 0]).astype(np.int64) for part, array in labels.items()}}
"""


def arrays(dataset: NPZ, course: Course, data_dir: Path) -> str:
    """Return the lines that make `splits`: those without arrays of their own are dealt out of what trains."""
    members = Members.open(dataset.source, data_dir)
    places = {key: _places(members, name) for key, name in (("x", dataset.x), ("y", dataset.y))}
    shape, answered = members.header(places["x"]["train"]).shape, members.header(places["y"]["train"])
    last = len(shape) == 4 and shape[1:] != course.recipe.shape
    many = not course.regression and len(answered.shape) > 1 and answered.shape[1] > 1
    text = dedent(READ).format(
        path=str(dataset.source),
        names=[*places["x"].values(), *places["y"].values()],
        arranged="np.ascontiguousarray(np.moveaxis(array, 3, 1))" if last else f"array.reshape(-1, {_sizes(course)})",
        answered="array.reshape(len(array), -1)" + ".argmax(axis=1)[:, None]" * many,
    )
    text = text.lstrip("\n") + "labels = {\n"
    text += "".join(f"    {part!r}: answers(arrays[{places['y'][part]!r}]),\n" for part in places["x"]) + "}"
    text += _labels(dataset, course, members, numbers=answered.dtype.kind not in "US")
    text += f"x, y = inputs(arrays[{places['x']['train']!r}]), labels['train']"
    sizes = [
        0 if part in places["x"] else size for part, size in (("val", dataset.val_size), ("test", dataset.test_size))
    ]
    text += dealt(sizes[0], sizes[1], dataset.seed)
    for part in PARTS[1:]:
        if part in places["x"]:
            text += f"\nsplits[{part!r}] = inputs(arrays[{places['x'][part]!r}]), labels[{part!r}]"
    return text


def _places(members: Members, name: str) -> dict[str, str]:
    """Return the name of the array of each split that has one, train first."""
    own = {part: f"{name}_{part}" for part in PARTS if f"{name}_{part}" in members.names}
    return {**own, "train": name} if name in members.names else own


def _sizes(course: Course) -> str:
    return ", ".join(map(str, course.recipe.shape))


def _labels(dataset: NPZ, course: Course, members: Members, *, numbers: bool) -> str:
    """Return the lines that make class numbers or targets of `labels`; numbers with names are those of the names."""
    if course.regression:
        return TARGETS.format()
    named = numbers and dataset.labels in members.names and dataset.labels not in (dataset.x, dataset.y)
    known = f"np.arange({len(course.recipe.labels)})"
    return CLASSES.format(classes=known if named else "np.unique(np.concatenate(list(labels.values())))")
