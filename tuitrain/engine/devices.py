"""The devices of this machine that torch can compute on, and the choice of one."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from tuitrain.problems import Problem, Rejected


def found() -> list[str]:
    """Return the devices there are, fastest first; "cpu" is always the last."""
    cuda = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def describe(device: str) -> str:
    """Return what a person calls the device: the name of the card, or the number of cores."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device == "mps" else f"{os.cpu_count()} cores"


def pick(name: str) -> torch.device:
    """Return the device of this name, the fastest for "auto"; raise Rejected naming those there are."""
    there = found()
    if name == "auto":
        return torch.device(there[0])
    if name in there or (name == "cuda" and "cuda:0" in there):
        return torch.device(name)
    raise Rejected(
        "", [Problem("training.device", f"{name} is not on this machine; there are auto, {', '.join(there)}")]
    )


def set_up_cpu(threads: int) -> int:
    """Use this many CPU threads, 0 for all cores but one (a redrawing screen wants it); return how many.

    Numbers too small for full precision become 0 from here on.
    """
    chosen = threads or max(1, len(_cores()) - 1)
    torch.set_num_threads(chosen)
    # Adam's means of gradients that stay away (border pixels, dead units) shrink into denormal numbers, on which
    # a CPU computes many times slower: without this a second epoch on MNIST takes a third longer than the first.
    torch.set_flush_denormal(True)
    return chosen


def _cores() -> set[int]:
    # A container or taskset may leave fewer cores than the machine has; macOS cannot tell.
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def random_states(device: torch.device) -> dict[str, Tensor]:
    """Return the states of all random numbers that a training on this device draws, by the kind of device."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def set_random_states(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Go on from these states of random numbers; a device that they know nothing of goes on with its own."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
    elif device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])


def precision(name: str, device: torch.device) -> AbstractContextManager[Any]:
    """Return the context in which the model computes; none for float32 (entering autocast costs 5 us a step)."""
    if name == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=getattr(torch, name))
