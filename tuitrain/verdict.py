"""What it means how busy the machine is, in sentences for a person who waits for a training.

It judges samples by the thresholds below, and must not know where they come from.
"""

from collections.abc import Sequence

from tuitrain.machine import Sample

SETTLED = 10.0
"""Seconds over which use is averaged before anything is said of it."""
IDLE, BUSY = 30.0, 85.0
"""Percent below which something waits, and above which it is what holds the training up."""
LITTLE, FULL = 0.10, 0.95
"""The share of memory below which what is left is little; the share of a card's memory above which it is full."""
SPARE = 1 << 30
"""Bytes on the disk, or of memory, below which there is little left whatever the share."""
GROWN = 64 << 20
"""Bytes by which swap grows within the time shown before it is told."""
HOT = 95.0
"""Degrees Celsius from which processors slow themselves down."""


def judge(samples: Sequence[Sample], device: str) -> list[str]:
    """Return what the samples mean for a training on this device ("" is none), in sentences, the worst first."""
    if not samples:
        return []
    last = samples[-1]
    settled = [sample for sample in samples if last.time - sample.time <= SETTLED]
    found = [*_short(samples), *_hot(last)]
    if device and last.time - samples[0].time >= SETTLED / 2:
        found += _on_cards(settled) if device.startswith("cuda") else _on_processor(settled, device)
    if not last.cards and device in ("", "cpu"):
        found.append((last.without or "no graphics card") + ": training on the processor" * (device == "cpu"))
    return found


def _short(samples: Sequence[Sample]) -> list[str]:
    """Tell of memory and disk that run out."""
    last, found = samples[-1], []
    if last.memory_free < max(LITTLE * last.memory_total, SPARE):
        found.append(f"memory nearly full: {size(last.memory_free)} left")
    if last.swap_used - min(sample.swap_used for sample in samples) > GROWN:
        found.append("memory is moved to the disk (swap): everything waits for that")
    if last.free is not None and last.free < SPARE:
        found.append(f"disk nearly full where the runs lie: {size(last.free)} left")
    for card in last.cards:
        if card.memory_used > FULL * card.memory_total:
            left = size(card.memory_total - card.memory_used)
            found.append(f"memory of the GPU nearly full: {left} left, take no larger batches")
    return found


def _hot(last: Sample) -> list[str]:
    found = [f"GPU slowed down by {card.slowed}" for card in last.cards if card.slowed]
    if last.temperature is not None and last.temperature >= HOT:
        found.append(f"processor hot: {last.temperature:.0f} C, it slows itself down")
    return found


def _on_cards(samples: Sequence[Sample]) -> list[str]:
    """Tell whether the busiest card has enough to do."""
    uses = [max(known) for sample in samples if (known := [c.use for c in sample.cards if c.use is not None])]
    if not uses:
        return []
    use = sum(uses) / len(uses)
    if use < IDLE:
        return [f"GPU idle ({use:.0f} %): the model is too small, or data arrive too slowly"]
    return [f"GPU busy ({use:.0f} %): it is what the training waits for"] if use > BUSY else []


def _on_processor(samples: Sequence[Sample], device: str) -> list[str]:
    """Tell whether the worker has enough to do, and whether others leave it room."""
    known = [(sample.worker.cpu, sample.cpu * sample.cores) for sample in samples if sample.worker]
    if not known or device != "cpu":
        return []
    own, every = (sum(column) / len(known) for column in zip(*known, strict=True))
    cores = samples[-1].cores
    if own < IDLE:
        return [f"processor idle: the training takes {own:.0f} % of a core; it waits for data, the disk, or you"]
    if every > BUSY * cores and own < every / 2:
        return [f"other programs take {(every - own) / 100:.1f} of {cores} cores from the training"]
    return [f"processor busy: the training takes {own / 100:.1f} of {cores} cores"]


def size(count: float) -> str:
    """Return bytes in the unit in which people count memory.

    >>> size(1.2 * 2**30), size(800 * 2**20), size(0)
    ('1.2 GB', '800 MB', '0 MB')
    """
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
