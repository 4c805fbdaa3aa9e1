"""A person's own images as lines that read them again: by folder and class, in the order of their names."""

from pathlib import Path
from textwrap import dedent

from tuitrain.datasets import tree
from tuitrain.datasets.folder import Folder
from tuitrain.datasets.pixels import ENDINGS
from tuitrain.script.course import Course
from tuitrain.script.deal import dealt

FOLDER = '''
    def decode(path):
        """Return the pixels [C, {size}, {size}] of an image: turned upright, on white, squeezed to a square."""
        with Image.open(path) as image:
            image.draft({mode!r}, ({size}, {size}))
            if image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info:
                image = image.convert("RGBA")
            image = ImageOps.exif_transpose(image)
            if image.mode == "RGBA":
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            pixels = np.asarray(image.convert({mode!r}).resize(({size}, {size}), Image.Resampling.BILINEAR))
        return {channels_first}


    def files(folder):
        """Return the images below a folder in the order of their names, folder after folder."""
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if os.path.splitext(name)[1].lower() in {endings} and not name.startswith("."):
                    yield os.path.join(place, name)


    def read(root):
        """Return images [N, C, {size}, {size}] (uint8) and class numbers [N]; what is no image is left out."""
        images, labels = [], []
        for label, name in enumerate(classes):
            for path in files(os.path.join(root, name)):
                try:
                    images.append(decode(path))
                    labels.append(label)
                except Exception as error:
                    print(f"{{path}} is left out: {{error}}")
        return np.stack(images), np.array(labels)


    classes = {classes!r}
    x, y = read({train!r})
'''


def folder(dataset: Folder, course: Course) -> str:
    """Return the lines that make `splits`: those without a folder of their own are dealt out of what trains."""
    homes = _homes(dataset.source)
    grey = dataset.colour == "grey"
    text = dedent(FOLDER).format(
        size=dataset.size,
        mode="L" if grey else "RGB",
        channels_first="pixels[None]" if grey else "pixels.transpose(2, 0, 1)",
        endings=sorted(ENDINGS),
        classes=list(course.recipe.labels),
        train=str(homes.get("train", dataset.source)),
    )
    sizes = {"val": dataset.val_size, "test": dataset.test_size} | dict.fromkeys(homes, 0)
    text = text.lstrip("\n") + dealt(sizes["val"], sizes["test"], dataset.seed)
    for name in ("val", "test"):
        if name in homes:
            text += f"\nsplits[{name!r}] = read({str(homes[name])!r})"
    return text


def _homes(root: Path) -> dict[str, Path]:
    """Return the folders of the splits that have one; none where classes lie in the root itself."""
    found: dict[str, Path] = {}
    for path in root.iterdir():
        found |= {part: path for part, names in tree.NAMES.items() if path.name.lower() in names}
    return found if "train" in found else {}
