"""The whole program: its head, its parts in their order, and of the imports those that they need."""

import re
from importlib.metadata import version
from pathlib import Path

from tuitrain.models import Estimator
from tuitrain.script.augmentation import augmentation
from tuitrain.script.changes import changes
from tuitrain.script.course import Course, Unwritable, checked
from tuitrain.script.data import splits
from tuitrain.script.model import network
from tuitrain.script.optimizer import optimizer
from tuitrain.script.scaling import scaling
from tuitrain.script.schedule import factor
from tuitrain.script.steps import loop, loss, sizes
from tuitrain.script.svm import fit

SETUP = """
torch.set_num_threads({threads})
torch.set_flush_denormal(True)
torch.manual_seed({seed})
device = torch.device({device})
"""
EXACT = "On the CPU with {threads} thread{s} and {torch} it gives the numbers of the run, bit for bit."
NEAR = "The run was trained on {device}: on other hardware the last digits differ, and with them what follows."
IMPORTS = (
    ("import csv", r"\bcsv\."),
    ("import itertools", r"\bitertools\."),
    ("import math", r"\bmath\."),
    ("import os", r"\bos\."),
    ("from pathlib import Path", r"\bPath\("),
    ("", ""),
    ("import numpy as np", r"\bnp\."),
    ("import sklearn.datasets", r"\bsklearn\.datasets\."),
    ("import sklearn.svm", r"\bsklearn\.svm\."),
    ("import torch", r"\btorch\."),
    ("import torchvision", r"\btorchvision\."),
    ("from PIL import Image, ImageOps", r"\bImageOps\."),
    ("from torch import nn", r"\bnn\."),
    ("from torch.nn import functional as F", r"\bF\."),
)
"""What may be needed, and by what is in the text one sees that it is; a gap between the standard library and others."""


def script(name: str, course: Course, data_dir: Path) -> str:
    """Return the program for a run of this name; raise Unwritable where there is none that does the same."""
    course, experiment = checked(course), course.experiment
    if experiment.parent:
        trunk, step = experiment.parent.run, experiment.parent.step
        raise Unwritable(f"it is a branch and begins with what {trunk} had learned by step {step:,}")
    (model,) = experiment.models
    data = splits(course, data_dir)
    if isinstance(model, Estimator):
        parts = [data, *fit(course)]
    else:
        device = "torch.cuda" if course.device.startswith("cuda") else ""
        chosen = f'"cuda" if {device}.is_available() else "cpu"' if device else f'"{course.device}"'
        setup = SETUP.format(threads=course.threads, seed=experiment.training.seed, device=chosen)
        net = f"{network(course)}\nnet = net.to(device)"
        learned = optimizer(course), factor(experiment.schedule), sizes(course), loss(course)
        parts = [setup, data, scaling(course), net, *learned, augmentation(course), changes(course), loop(course)]
    body = tidy([part.strip("\n") for part in parts if part.strip()])
    return "\n".join((_head(name, course), _imports(body), "", body, ""))


def _head(name: str, course: Course) -> str:
    lines = [f"{_plain(name)}: {_plain(course.experiment.title)}, without tuitrain.", ""]
    lines.append(f"Written by tuitrain {version('tuitrain')}. " + _faithful(course))
    lines.append("Another version of torch, another processor or number of threads may change the last digits.")
    if course.changes:
        lines.append("What was changed while it trained is changed again, at the same steps.")
    return '"""' + "\n".join(lines) + '\n"""\n'


def _faithful(course: Course) -> str:
    if course.device != "cpu":
        return NEAR.format(device=course.device)
    torch = f"torch {course.torch}" if course.torch else "the version of torch that trained it"
    return EXACT.format(threads=course.threads, s="s" * (course.threads != 1), torch=torch)


def _plain(text: str) -> str:
    """Return text that ends no docstring."""
    return (
        "".join(character if character.isprintable() else " " for character in text)
        .replace("\\", "/")
        .replace('"', "'")
    )


def _imports(body: str) -> str:
    return "\n".join(line for line, sign in IMPORTS if not line or re.search(sign, body))


def tidy(parts: list[str]) -> str:
    """Return the parts one after another, two empty lines around functions and classes and nowhere more."""
    text = "".join(part + ("\n\n\n" if part.splitlines()[-1].startswith(" ") else "\n\n") for part in parts)
    text = re.sub(r"\n+((?:def|class|@)[^\n]*\n)", r"\n\n\n\1", f"\n{text}")
    return re.sub(r"\n{3,}", "\n\n\n", text).strip("\n")
