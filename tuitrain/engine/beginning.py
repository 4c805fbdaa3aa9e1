"""What a run says of itself when its training begins. It knows neither the course of it nor the model's insides."""

import os
import socket
from collections.abc import Sequence
from importlib.metadata import version
from platform import python_version

import torch

from tuitrain.datasets import Facts
from tuitrain.events import Started
from tuitrain.experiment import Experiment
from tuitrain.models import Parameter


def begun(
    experiment: Experiment,
    facts: Facts,
    *,
    device: str,
    threads: int,
    span: tuple[int, int],
    table: Sequence[Parameter],
) -> Started:
    """Return the event that says what is trained on what; `span`: steps and epochs, `table`: what is trained."""
    training = experiment.training.model_copy(update={"threads": threads, "device": device})
    return Started(
        experiment=experiment.model_copy(update={"training": training}).dump(),
        model=experiment.title,
        device=device,
        parameters=sum(parameter.count for parameter in table),
        train_size=facts.sizes[0],
        val_size=facts.sizes[1],
        test_size=facts.sizes[2],
        steps=span[0],
        epochs=span[1],
        task=facts.task,
        shape=list(facts.shape),
        labels=list(facts.labels),
        table=[[parameter.name, list(parameter.shape)] for parameter in table],
        flops=[parameter.flops for parameter in table],
        pid=os.getpid(),
        host=socket.gethostname(),
        versions={"python": python_version(), "torch": str(torch.__version__), "tuitrain": version("tuitrain")},
    )
