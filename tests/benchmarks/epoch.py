"""One epoch of 784-250-100-10 on 54,000 images against a bare loop, and against Lightning, in pairs.

    uv run python tests/benchmarks/epoch.py DATA_DIR [--rounds 5]
    uv run --with lightning python tests/benchmarks/epoch.py DATA_DIR --lightning

DATA_DIR holds MNIST/raw. Batch 64, Adam, one thread on every side. Prints seconds and ratios, medians of the rounds.
"""

import argparse
import tempfile
import warnings
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F

from tuitrain.datasets.images import MNIST
from tuitrain.engine.train import train
from tuitrain.events import Command, Evaluated
from tuitrain.experiment import parse

BATCH = 64


class Silence:
    """Never says anything."""

    def commands(self) -> list[Command]:
        """Return nothing."""
        return []

    def wait(self) -> None:
        """Return at once."""


def ours(data_dir: Path) -> float:
    """Return the seconds of the second epoch, evaluation on 6,000 images and snapshot included."""
    experiment = parse(
        {
            "dataset": {"kind": "mnist", "source": "full", "val_size": 6_000, "test_size": 64},
            "models": [{"kind": "mlp", "hidden": [250, 100]}],
            "optimizer": {"kind": "adam"},
            "training": {"epochs": 2, "batch_size": BATCH, "threads": 1, "device": "cpu"},
        }
    )
    data = experiment.dataset.load(data_dir)
    with tempfile.TemporaryDirectory() as folder:
        events = train(experiment, data, Silence(), Path(folder))
        seconds = [event.metrics["seconds"] for event in events if isinstance(event, Evaluated) and event.step]
    return seconds[1] - seconds[0]


def network() -> nn.Sequential:
    """Return the net of both sides."""
    return nn.Sequential(nn.Linear(784, 250), nn.ReLU(), nn.Linear(250, 100), nn.ReLU(), nn.Linear(100, 10))


def bare(inputs: Tensor, labels: Tensor, *, flush: bool = False) -> float:
    """Return the seconds of the second epoch of a loop with nothing in it but training, loss and accuracy."""
    torch.set_flush_denormal(flush)
    net = network()
    optimizer = optim.Adam(net.parameters(), lr=1e-3, fused=True)
    _bare_epoch(net, optimizer, inputs, labels)
    return _bare_epoch(net, optimizer, inputs, labels)


def _bare_epoch(net: nn.Module, optimizer: optim.Optimizer, inputs: Tensor, labels: Tensor) -> float:
    loss_sum, hits = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    began = perf_counter()
    order = torch.randperm(len(inputs))
    for start in range(0, len(inputs), BATCH):
        chosen = order[start : start + BATCH]
        logits = net(inputs[chosen])
        loss = F.cross_entropy(logits, labels[chosen])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        optimizer.step()
        loss_sum += loss.detach() * len(chosen)
        hits += (logits.argmax(1) == labels[chosen]).sum()
    float(loss_sum), int(hits)
    return perf_counter() - began


def lightning(inputs: Tensor, labels: Tensor) -> float:
    """Return the seconds of the second epoch of Lightning's Trainer over a TensorDataset, its extras switched off."""
    import lightning

    class Module(lightning.LightningModule):  # type: ignore[misc]  # untyped
        def __init__(self) -> None:
            super().__init__()
            self.net = network()
            self.seconds: list[float] = []

        def on_train_epoch_start(self) -> None:
            self.began = perf_counter()

        def on_train_epoch_end(self) -> None:
            self.seconds.append(perf_counter() - self.began)

        def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
            logits = self.net(batch[0])
            loss = F.cross_entropy(logits, batch[1])
            self.log("train/loss", loss, on_epoch=True, on_step=False)
            self.log("train/accuracy", (logits.argmax(1) == batch[1]).float().mean(), on_epoch=True, on_step=False)
            return loss

        def configure_optimizers(self) -> optim.Optimizer:
            return optim.Adam(self.parameters(), lr=1e-3, fused=True)

    torch.set_flush_denormal(False)
    trainer = lightning.Trainer(
        max_epochs=2,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, labels), batch_size=BATCH, shuffle=True)
    module = Module()
    trainer.fit(module, loader)
    return module.seconds[1]


def main() -> None:
    """Measure in turn, so that a drifting machine is fair to all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lightning", action="store_true")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    data = MNIST(kind="mnist", source="full", val_size=6_000).load(chosen.data_dir)
    inputs = torch.tensor(data.train.inputs).reshape(-1, 784).float().div(255)
    labels = torch.tensor(data.train.labels)
    ours_took, bare_took, flushed_took, lightning_took = [], [], [], []
    for _ in range(chosen.rounds):
        ours_took.append(ours(chosen.data_dir))
        bare_took.append(bare(inputs, labels))
        flushed_took.append(bare(inputs, labels, flush=True))
        if chosen.lightning:
            lightning_took.append(lightning(inputs, labels))
    print(f"tuitrain {median(ours_took):.2f} s, bare loop {median(bare_took):.2f} s")
    print(f"tuitrain / bare loop: {_ratio(ours_took, bare_took):.2f}")
    print(f"tuitrain / bare loop with denormals flushed: {_ratio(ours_took, flushed_took):.2f}")
    if chosen.lightning:
        print(f"tuitrain / Lightning: {_ratio(ours_took, lightning_took):.2f}")


def _ratio(first: list[float], second: list[float]) -> float:
    return median(a / b for a, b in zip(first, second, strict=True))


if __name__ == "__main__":
    main()
