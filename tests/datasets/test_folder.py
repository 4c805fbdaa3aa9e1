"""A person's own images: layouts, formats, what is damaged, and what is kept prepared."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from tuitrain.datasets import Augmentation, Data, Scaling, Unavailable, cache
from tuitrain.datasets.folder import Folder
from tuitrain.datasets.pixels import decode


def painted(path: Path, colour: Any = (200, 100, 50), *, mode: str = "RGB", size: tuple[int, int] = (8, 8)) -> Path:
    """Write an image of one colour and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


def classes(root: Path, images: int = 5, names: tuple[str, ...] = ("cat", "dog")) -> Path:
    """Return a folder with so many images of each class, each image of a grey of its own."""
    for label, name in enumerate(names):
        for number in range(images):
            painted(root / name / f"{number}.png", (10 * number + label,) * 3)
    return root


def loaded(root: Path, **settings: Any) -> Data:
    """Return the data of a folder, 8 x 8 pixels, all to train on where nothing else is said."""
    return Folder(path=str(root), **{"val_size": 0, "size": 8, **settings}).load(root.parent / "cache")


def test_class_folders(tmp_path: Path) -> None:
    """A folder for each class is a class, in the order of their names, and pixels are uint8, channels first."""
    data = loaded(classes(tmp_path / "pets"))
    assert data.labels == ("cat", "dog")
    assert data.train.inputs.shape == (10, 3, 8, 8)
    assert data.train.inputs.dtype == np.uint8
    assert data.train.labels.tolist() == [0] * 5 + [1] * 5
    assert data.train.inputs[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40, 1, 11, 21, 31, 41]
    assert isinstance(data.train.inputs, np.memmap)
    assert data.notes == ()
    assert data.scaling == Scaling((0.0,), (255.0,))


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("training", "Validation", "testing"), ("Train", "valid", "")]
)
def test_split_folders(tmp_path: Path, names: tuple[str, str, str]) -> None:
    """Folders of splits, however they are spelt, are the splits; what has none is dealt out of the training images."""
    root = tmp_path / "pets"
    for images, name in zip((6, 2, 3), names, strict=True):
        if name:
            classes(root / name, images)
    data = loaded(root, val_size=0.5, test_size=4)
    assert data.facts.sizes == ((12, 4, 6) if names[2] else (8, 4, 4))


def test_dealt_out(tmp_path: Path) -> None:
    """Splits share out the images, the same for the same seed."""
    root = classes(tmp_path / "pets", 20)
    first, again, other = (loaded(root, val_size=0.25, test_size=4, seed=seed) for seed in (1, 1, 2))
    assert first.facts.sizes == (26, 10, 4)
    assert first.val is not None
    assert first.test is not None
    values = [pixel for split in (first.train, first.val, first.test) for pixel in split.inputs[:, 0, 0, 0].tolist()]
    assert len(set(values)) == 40
    assert np.array_equal(first.train.inputs, again.train.inputs)
    assert not np.array_equal(first.train.inputs, other.train.inputs)


def test_larger_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large for memory is dealt out into files, with the same images in the same splits."""
    root = classes(tmp_path / "pets", 20)
    small = loaded(root, val_size=0.25, test_size=4)
    monkeypatch.setattr(cache, "LARGE", 1000)
    large = loaded(root, val_size=0.25, test_size=4)
    for name in ("train", "val", "test"):
        assert isinstance(getattr(large, name).inputs, np.memmap)
        assert np.array_equal(getattr(large, name).inputs, getattr(small, name).inputs)
        assert np.array_equal(getattr(large, name).labels, getattr(small, name).labels)


def test_kept_prepared(tmp_path: Path) -> None:
    """Images are decoded once: again only when a file has changed, and then the old ones are deleted."""
    root = classes(tmp_path / "pets")
    loaded(root)
    (made,) = tmp_path.glob("cache/prepared/*/*/train.npy")
    before = made.stat().st_mtime_ns
    loaded(root, normalize="standard", flip=True)
    assert made.stat().st_mtime_ns == before
    painted(root / "dog" / "0.png", (250, 250, 250))
    assert loaded(root).train.inputs[5].max() == 250
    assert len(list(tmp_path.glob("cache/prepared/*/*/train.npy"))) == 1
    assert loaded(root, colour="grey").train.inputs.shape == (10, 1, 8, 8)
    assert loaded(root, size=4).train.inputs.shape == (10, 3, 4, 4)
    assert len(list(tmp_path.glob("cache/prepared/*/*/train.npy"))) == 3


def test_prepared_by_one(tmp_path: Path) -> None:
    """Of two that want the same images at once, one prepares them and the other waits for it."""
    root = classes(tmp_path / "pets", 100)
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: loaded(root), range(2))
    assert np.array_equal(first.train.inputs, second.train.inputs)
    assert len(list(tmp_path.glob("cache/prepared/*/*/train.npy"))) == 1


def test_no_place_to_prepare(tmp_path: Path) -> None:
    """A data directory that cannot be written to is named, with the way out."""
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(Unavailable, match=r"cache/prepared/.* cannot be written .*choose another --data-dir"):
        loaded(classes(tmp_path / "pets"))


def test_damaged_after_it_was_prepared(tmp_path: Path) -> None:
    """Prepared images that someone broke are named, with the way out."""
    root = classes(tmp_path / "pets")
    loaded(root)
    (made,) = tmp_path.glob("cache/prepared/*/*/train.npy")
    made.write_bytes(made.read_bytes()[:300])
    with pytest.raises(Unavailable, match=r"train\.npy is damaged .*delete .* to have it made again"):
        loaded(root)


@pytest.mark.parametrize(
    ("mode", "colour", "ending", "pixel"),
    [
        ("L", 77, "png", (77, 77, 77)),
        ("1", 1, "png", (255, 255, 255)),
        ("LA", (77, 255), "png", (77, 77, 77)),
        ("RGBA", (9, 8, 7, 0), "png", (255, 255, 255)),
        ("RGBA", (9, 8, 7, 255), "webp", (9, 8, 7)),
        ("P", 0, "gif", (0, 0, 0)),
        ("I;16", 65_535, "png", (255, 255, 255)),
        ("I;16", 257 * 40, "tiff", (40, 40, 40)),
        ("F", 0.2, "tiff", (51, 51, 51)),
        ("CMYK", (0, 0, 0, 255), "tiff", (0, 0, 0)),
        ("CMYK", (0, 0, 0, 0), "jpg", (255, 255, 255)),
        ("RGB", (200, 100, 50), "bmp", (200, 100, 50)),
    ],
)
def test_formats(tmp_path: Path, mode: str, colour: Any, ending: str, pixel: tuple[int, int, int]) -> None:
    """Palettes, transparency, 16 bits, floats and printers' colours all become the same kind of pixels."""
    pixels = decode(painted(tmp_path / f"image.{ending}", colour, mode=mode), 4, "rgb")
    assert pixels.shape == (3, 4, 4)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - np.reshape(pixel, (3, 1, 1))).max() <= (4 if ending == "webp" else 1)
    assert decode(tmp_path / f"image.{ending}", 4, "grey").shape == (1, 4, 4)


def test_transparent_palette(tmp_path: Path) -> None:
    """A transparent colour of a palette is white as well."""
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.save(tmp_path / "image.png", transparency=0)
    assert (decode(tmp_path / "image.png", 4, "rgb") == 255).all()


def test_first_frame(tmp_path: Path) -> None:
    """Of what moves the first frame counts."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("black", "white")]
    frames[0].save(tmp_path / "image.gif", save_all=True, append_images=frames[1:])
    assert decode(tmp_path / "image.gif", 8, "rgb").max() == 0


def test_upright(tmp_path: Path) -> None:
    """A photograph is turned as its camera says."""
    image = Image.new("RGB", (16, 16), "black")
    image.paste("white", (0, 0, 16, 8))
    tags = Image.Exif()
    tags[0x0112] = 6  # a quarter turn clockwise is needed
    image.save(tmp_path / "image.png", exif=tags)
    pixels = decode(tmp_path / "image.png", 16, "grey")[0]
    assert (pixels[:, 8:].min(), pixels[:, :8].max()) == (255, 0)


def test_damaged(tmp_path: Path) -> None:
    """Images that are cut off, empty or no images are left out and named; hidden files are not spoken of."""
    root = classes(tmp_path / "pets")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(root / "cat" / "whole.jpg")
    content = (root / "cat" / "whole.jpg").read_bytes()
    (root / "cat" / "cut.jpg").write_bytes(content[: len(content) // 2])
    (root / "dog" / "empty.png").touch()
    (root / "dog" / "text.png").write_text("no image")
    (root / "dog" / "gone.png").symlink_to(root / "nothing.png")
    (root / "dog" / "notes.txt").write_text("a note")
    (root / "dog" / ".hidden.png").write_text("no image")
    (root / ".hidden").mkdir()
    data = loaded(root)
    assert len(data.train) == 11
    assert data.train.labels.tolist() == [0] * 6 + [1] * 5
    assert data.notes == (
        "4 of 15 images cannot be read and are left out: cat/cut.jpg, dog/empty.png, dog/gone.png and 1 more",
        "left out, as no image of a class: dog/notes.txt",
    )
    assert loaded(root).notes == data.notes


def test_any_damage(tmp_path: Path) -> None:
    """Whatever bytes of an image are changed, it is read or left out: nothing ends the preparation."""
    root = classes(tmp_path / "pets")
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8))
    for ending in ("jpg", "png", "gif", "webp", "tiff", "bmp"):
        noise.save(tmp_path / f"whole.{ending}")
        content = np.frombuffer((tmp_path / f"whole.{ending}").read_bytes(), np.uint8)
        for number in range(20):
            broken = content.copy()
            broken[rng.integers(0, min(len(broken), 200), 5)] = rng.integers(0, 256, 5)
            (root / "cat" / f"broken{number}.{ending}").write_bytes(broken.tobytes())
    data = loaded(root)
    assert 10 <= len(data.train) <= 130
    assert len(data.train) == len(data.train.inputs)


def test_links(tmp_path: Path) -> None:
    """Links to images are images, and folders that lead back to themselves are not walked in circles."""
    root = classes(tmp_path / "pets")
    (root / "cat" / "loop").symlink_to(root / "cat")
    (root / "all").symlink_to(root)
    (root / "dog" / "deep").mkdir()
    (root / "dog" / "deep" / "linked.png").symlink_to(root / "cat" / "0.png")
    data = loaded(root)
    assert data.labels == ("cat", "dog")
    assert np.bincount(data.train.labels).tolist() == [5, 6]


def test_names_are_plain_text(tmp_path: Path) -> None:
    """Class names with markup, escape sequences and other alphabets stay what they are."""
    names = ("[bold]x", "\x1b[31mred", "größe 猫")
    assert loaded(classes(tmp_path / "pets", names=names)).labels == tuple(sorted(names))


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """A class folder whose name is no UTF-8 is read, and has a name that can be painted."""
    root = classes(tmp_path / "pets")
    try:
        (root / "dog").rename(root / os.fsdecode(b"d\xff"))
    except OSError:
        pytest.skip("the file system takes UTF-8 alone")
    assert loaded(root).labels == ("cat", "d\ufffd")


def test_scaling(tmp_path: Path) -> None:
    """Statistics are those of the training split; given ones are meant for pixels from 0 to 1."""
    root = classes(tmp_path / "pets", 10)
    data = loaded(root, val_size=0.3, normalize="standard")
    pixels = data.train.inputs.astype(float)
    assert data.scaling.mean == pytest.approx(pixels.mean(axis=(0, 2, 3)))
    assert data.scaling.std == pytest.approx(pixels.std(axis=(0, 2, 3)))
    given = loaded(root, normalize="given", mean=[0.5], std=[0.1, 0.2, 0.4])
    assert given.scaling.mean == pytest.approx((127.5,) * 3)
    assert given.scaling.std == pytest.approx((25.5, 51, 102))
    assert loaded(root, normalize="none").scaling == Scaling()


def test_augmentation(tmp_path: Path) -> None:
    """What changes training images is handed on, and a rotation without test images is spoken of."""
    root = classes(tmp_path / "pets")
    data = loaded(root, crop=2, flip=True, rotate=5.0, noise=0.1, test_rotation=25.0)
    assert data.augmentation == Augmentation(2, True, 5.0, 0.1)
    assert data.test_rotation == 25
    assert data.notes == ("test_rotation changes nothing: there is no test split (see test_size)",)


def test_refused(tmp_path: Path) -> None:
    """What cannot be learned from is said in a sentence that names the folder and the class."""
    root = tmp_path / "pets"
    with pytest.raises(Unavailable, match=r"pets: no such folder"):
        loaded(root)
    root.mkdir()
    with pytest.raises(Unavailable, match=r"pets has no folder of a class"):
        loaded(root)
    with pytest.raises(Unavailable, match=r'pets has one class only \("cat"\)'):
        loaded(classes(root, names=("cat",)))
    (root / "dog").mkdir()
    with pytest.raises(Unavailable, match=r"class dog has no readable image to train on: remove the folder or add"):
        loaded(root)
    (root / "dog" / "broken.jpg").write_text("no image")
    with pytest.raises(Unavailable, match=r"class dog has no readable image"):
        loaded(root)
    with pytest.raises(Unavailable, match="is a file"):
        Folder(path=str(root / "dog" / "broken.jpg")).load(tmp_path)
    assert not list(tmp_path.glob("cache/prepared/*/*/*.npy"))


def test_refused_splits(tmp_path: Path) -> None:
    """Folders of splits have to have the same classes, one folder for each, and one to train on."""
    root = tmp_path / "pets"
    classes(root / "test")
    classes(root / "val")
    with pytest.raises(Unavailable, match="pets has test and val and no folder named train"):
        loaded(root)
    classes(root / "train")
    classes(root / "test", names=("cow", "yak"))
    with pytest.raises(Unavailable, match=r'test has a class that .*train lacks \("cow", "yak"\)'):
        loaded(root)
    classes(root / "training")
    with pytest.raises(Unavailable, match=r"more than one folder for a split \(train, training\)"):
        loaded(root)


def test_too_few_images(tmp_path: Path) -> None:
    """Sizes that leave nothing to train on are refused once the images are counted."""
    with pytest.raises(Unavailable, match=r"val_size \(10 samples\).*fewer than the 10 samples"):
        loaded(classes(tmp_path / "pets"), val_size=10)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"crop": 32}, "crop .32. must be less than size"),
        ({"normalize": "given", "mean": [0.5], "std": [0.5, 0.5]}, "std must have one number or one for each channel"),
        ({"normalize": "given", "std": [0.5]}, "mean must have"),
        ({"mean": [0.5]}, 'mean holds with normalize = "given" only'),
        ({"path": ""}, "path is empty"),
    ],
)
def test_impossible_settings(settings: dict[str, Any], said: str) -> None:
    """Settings that no folder can fit are refused before it is read."""
    with pytest.raises(ValidationError, match=said):
        Folder(**{"path": "pets", **settings})


def test_no_rows() -> None:
    """Images are no rows of a table, and what they are like is unknown before they are read."""
    assert Folder(path="pets").rows(Path()) == []
    assert Folder(path="pets").facts is None


def test_real_images(tmp_path: Path) -> None:
    """Photographs of ten classes in train and test folders are all read, at their own size."""
    root = Path(os.environ.get("TUITRAIN_DATA", ""), "cifar10-jpg")
    if "TUITRAIN_DATA" not in os.environ or not root.is_dir():
        pytest.skip("TUITRAIN_DATA names no folder with cifar10-jpg")
    data = Folder(path=str(root), normalize="standard").load(tmp_path)
    assert data.facts.sizes == (4000, 1000, 1000)
    assert (data.facts.shape, len(data.labels), data.notes) == ((3, 32, 32), 10, ())
    assert data.test is not None
    assert np.bincount(data.test.labels).tolist() == [100] * 10
    assert data.scaling.mean == pytest.approx((125.3, 123.0, 113.9), abs=2)  # of all 50,000, as known for CIFAR-10
    assert data.scaling.std == pytest.approx((63.0, 62.1, 66.7), abs=2)
    first = root / "test" / "airplane" / sorted(path.name for path in (root / "test" / "airplane").iterdir())[0]
    with Image.open(first) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")).transpose(2, 0, 1), data.test.inputs[0])
