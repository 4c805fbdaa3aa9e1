"""The augmentation of a run as a function of a program: `augmented(images, step)`."""

from tuitrain.script.course import Course
from tuitrain.script.lift import lifted

CALLS = {
    "crop": ("cropped", "cropped(images, {}, drawing)"),
    "flip": ("mirrored", "mirrored(images, drawing)"),
    "rotate": ("rotated", "rotated(images, {}, drawing)"),
}
"""What changes images before they are scaled, in this order: the function, and how it is called with its setting."""
HEAD = '''
drawing = torch.Generator(device)


def augmented(images, step):
    """Return the images as training sees them at this step, scaled: what is drawn follows from seed and step."""
    drawing.manual_seed(({seed} * 1_000_003 + step) % 2**63)
    images = images.float()
'''
TURNED = """
generator = torch.Generator(device).manual_seed({seed})
images, labels = splits["test"]
turned = [rotated(part.float(), {degrees}, generator).to(part.dtype) for part in images.split(4096)]
splits["test_rotated"] = torch.cat(turned), labels
"""


def augments(course: Course) -> bool:
    """Tell whether training images change at any time."""
    names = (*CALLS, "noise")
    return hasattr(course.experiment.dataset, "crop") and any(course.uses(f"dataset.{name}") for name in names)


def augmentation(course: Course) -> str:
    """Return the function and what it calls, and lines that turn test images where they are; nothing for neither."""
    asked, training = getattr(course.experiment.dataset, "test_rotation", 0.0), course.experiment.training
    used = [name for name in CALLS if augments(course) and course.uses(f"dataset.{name}")]
    functions = {CALLS[name][0]: None for name in used} | ({"rotated": None} if asked else {})
    parts = [lifted("engine.augment", name) for name in functions]
    if augments(course):
        calls = [_line(course, name, f"images = {CALLS[name][1]}") for name in used]
        calls.append("    images = scaled(images)\n")
        if course.uses("dataset.noise"):
            drawn = "torch.randn(images.shape, generator=drawing, device=device)"
            calls.append(_line(course, "noise", "images = images + {} * " + drawn))
        parts.append(HEAD.format(seed=training.seed) + "".join(calls) + "    return images")
    if asked:
        parts.append(TURNED.format(seed=training.seed, degrees=asked).strip())
    return "\n\n\n".join(parts)


def _line(course: Course, name: str, text: str) -> str:
    """Return a line of the function, under a condition where the setting is off at times."""
    key = f"dataset.{name}"
    line = f"{text.format(course.named(key))}\n"
    return f"    {line}" if all(course.values(key)) else f"    if {course.named(key)}:\n        {line}"
