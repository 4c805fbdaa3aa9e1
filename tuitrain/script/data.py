"""The data of a run as lines that make `splits`: by name, inputs [N, *shape] and labels, as arrays of NumPy."""

from pathlib import Path
from textwrap import dedent

from tuitrain import assets
from tuitrain.datasets.archive import NPZ
from tuitrain.datasets.cifar import CIFAR
from tuitrain.datasets.columns import BOOLEANS, MISSING
from tuitrain.datasets.folder import Folder
from tuitrain.datasets.images import Grey, SampledGrey
from tuitrain.datasets.imageset import ImageSet
from tuitrain.datasets.pool import Pool
from tuitrain.datasets.sheet import Sheet
from tuitrain.datasets.table import CSV
from tuitrain.datasets.tabular import Table
from tuitrain.experiment import Experiment
from tuitrain.script.arrays import arrays
from tuitrain.script.course import Course, Unwritable
from tuitrain.script.deal import dealt
from tuitrain.script.lift import lifted
from tuitrain.script.pictures import folder

FILES = {
    "sample": """
        with np.load(Path(__file__).with_name({file!r})) as arrays:
            files = [(arrays[f"{{part}}_images"][:, None], arrays[f"{{part}}_labels"]) for part in ("train", "t10k")]
    """,
    "grey": """
        sets = [torchvision.datasets.{name}({root!r}, train=train, download=True) for train in (True, False)]
        files = [(each.data.numpy()[:, None], each.targets.numpy()) for each in sets]
    """,
    "colour": """
        sets = [torchvision.datasets.{name}({root!r}, train=train, download=True) for train in (True, False)]
        files = [(each.data.transpose(0, 3, 1, 2), np.array(each.targets)) for each in sets]
    """,
}
"""How the two files of an image set are read: images [N, C, H, W] of bytes, and class numbers."""
TABLE = '''
    with open({path!r}, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter={delimiter!r}, skipinitialspace={skip}) if any(row)]
    names = {names!r}
    # The words of each column, in the order of their inputs; none for numbers.
    columns = {columns!r}
    # What stands for a missing value, measured on the training split.
    fills = {fills!r}
    labels = {labels!r}


    def number(text):
        truths = {truths!r}
        text = text.strip().lower()
        return truths[text] if text in truths else float(text.replace(",", "."))


    def encoded(name, cell):
        """Return the inputs that a cell becomes: one for each word of its column, or a number."""
        cell, words = cell.strip(), columns[name]
        if cell.lower() in {missing}:
            value = fills[name]
        else:
            value = words.index(cell) if words else number(cell)
        return [float(value == place) for place in range(len(words))] if words else [value]


    def whole(row):
        """Tell whether a row has a label{and_all}."""
        return all(row[names.index(name)].strip().lower() not in {missing} for name in {needed})


    rows = [row for row in rows[{heading}:] if whole(row)]
    x = np.array(
        [sum((encoded(name, row[names.index(name)]) for name in columns), []) for row in rows], np.float32
    )
    answers = [row[names.index({label!r})].strip() for row in rows]
    y = {answers}
'''


def companion(experiment: Experiment) -> Path | None:
    """Return the file of samples that the program needs beside it, where the data came with tuitrain."""
    dataset = experiment.dataset
    if isinstance(dataset, SampledGrey) and dataset.source == "sample":
        return assets.path(dataset.sample)
    return None


def splits(course: Course, data_dir: Path) -> str:
    """Return the lines; raise Unwritable."""
    dataset = course.experiment.dataset
    if isinstance(dataset, Pool):
        return _pool(dataset)
    if isinstance(dataset, ImageSet):
        return _images(dataset, data_dir)
    if isinstance(dataset, CSV):
        return _table(dataset, course)
    if isinstance(dataset, Folder):
        return folder(dataset, course)
    if isinstance(dataset, NPZ):
        return arrays(dataset, course, data_dir)
    raise Unwritable(f"its data are of kind {dataset.kind}: save them as CSV, or export --format safetensors")


def _pool(dataset: Pool) -> str:
    sizes, regression = dataset.sizes, dataset.task == "regression"
    if isinstance(dataset, Table):
        options = "return_X_y=True, scaled=False" if dataset.kind == "diabetes" else "return_X_y=True"
        made = f"x, y = sklearn.datasets.load_{dataset.kind}({options})"
        made += f"\nx = x.reshape(-1, {', '.join(map(str, dataset.shape))})"
        made += f"\ny = y.reshape(-1, {len(dataset.labels)})" * regression
    else:
        module = type(dataset).__module__.removeprefix("tuitrain.")
        made = lifted(module, f"{type(dataset).__name__}.generate", dataset)
        made += f"\n\n\nx, y = generate(np.random.default_rng({dataset.seed}))"
    kind = "np.float32" if regression else "np.int64"
    return f"{made}\nx, y = x.astype(np.float32), y.astype({kind})\n{dealt(sizes[1], sizes[2], dataset.seed)}"


def _images(dataset: ImageSet, data_dir: Path) -> str:
    beside = companion_name(dataset)
    if beside:
        text = dedent(FILES["sample"]).format(file=beside)
    elif isinstance(dataset, Grey | CIFAR):
        kind = "grey" if isinstance(dataset, Grey) else "colour"
        text = dedent(FILES[kind]).format(name=dataset.folder, root=str(data_dir))
    else:
        raise Unwritable(f"its data are of kind {dataset.kind}, for which there are no lines to read them")
    text += "files = [(images, labels.astype(np.int64)) for images, labels in files]\n"
    return text.lstrip("\n") + _portions(dataset)


def companion_name(dataset: ImageSet) -> str:
    """Return the name of the file of samples beside the program, where it has one."""
    return Path(dataset.sample).name if isinstance(dataset, SampledGrey) and dataset.source == "sample" else ""


def _portions(dataset: ImageSet) -> str:
    """Return lines that share out two files: an order for each, of which each split takes its part."""
    sizes = dict(zip(("train", "val", "test"), dataset.sizes, strict=True))
    both = ("train", "val") if dataset.order == "first" else ("val", "train")
    shares = (both, ("test",)) if dataset.val_from == "train" else (("train",), ("val", "test"))
    text = f"\n\n{lifted('datasets.splitting', 'by_class')}\n\n\n" if dataset.per_class else ""
    text += "splits = {}\n"
    for file, names in enumerate(shares):
        text += f"images, labels = files[{file}]\n"
        text += f"order = {_order(dataset, file)}\n"
        blocks = len([name for name in names if name != "test" and sizes[name]]) if dataset.per_class else 0
        if blocks:
            text += f"order = by_class(labels, order, {dataset.per_class}, {blocks})\n"
        start = 0
        for name in names:
            if sizes[name]:
                text += f"part = np.sort(order[{start}:{start + sizes[name]}])\n"
                text += f"splits[{name!r}] = images[part], labels[part]\n"
            start += sizes[name]
    return text.rstrip()


def _order(dataset: ImageSet, file: int) -> str:
    if dataset.order == "first":
        return "np.arange(len(labels))"
    return f"np.random.default_rng(({dataset.seed}, {file + 1})).permutation(len(labels))"


def _table(dataset: CSV, course: Course) -> str:
    recipe = course.recipe
    if not recipe.columns:
        raise Unwritable("how its columns became inputs is not known: train it again with this version of tuitrain")
    sheet = Sheet.open(dataset.source, dataset.delimiter, dataset.header)
    label = dataset.label or [name for name in sheet.names if name not in dataset.ignore][-1]
    drop = dataset.missing == "drop"
    text = dedent(TABLE).format(
        path=str(dataset.source),
        delimiter=sheet.delimiter,
        skip=sheet.delimiter != "\t",
        names=list(sheet.names),
        columns={column.name: list(column.categories) for column in recipe.columns},
        fills={column.name: column.fill for column in recipe.columns if column.fill is not None},
        labels=list(recipe.labels),
        truths=BOOLEANS,
        missing=sorted(MISSING),
        and_all=", and every other value" if drop else "",
        needed="(*columns, " + repr(label) + ")" if drop else f"({label!r},)",
        heading=int(dataset.header),
        label=label,
        answers=_answers(course),
    )
    return text.lstrip("\n") + dealt(dataset.val_size, dataset.test_size, dataset.seed)


def _answers(course: Course) -> str:
    """Return how the cells of the label become class numbers or targets."""
    if course.regression:
        return "np.array([[number(answer)] for answer in answers], np.float32)"
    try:
        numbers = [float(label) for label in course.recipe.labels]
    except ValueError:
        return "np.array([labels.index(answer) for answer in answers])"
    return f"np.array([{numbers!r}.index(number(answer)) for answer in answers])"
