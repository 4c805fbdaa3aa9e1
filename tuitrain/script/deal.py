"""Lines that share out arrays to splits at random, as datasets do."""

DEAL = '''

def deal(x, y, val, test, seed):
    """Return the splits: drawn from one random order, each of them in the order of the data."""
    order = np.random.default_rng((seed, 1)).permutation(len(x))
    parts = {"train": order[val + test :], "val": order[:val], "test": order[val : val + test]}
    return {name: (x[np.sort(part)], y[np.sort(part)]) for name, part in parts.items() if len(part)}


'''


def dealt(val: int | float | str, test: int | float | str, seed: int) -> str:
    """Return lines that share out `x` and `y`; a size is a count, or a fraction of all."""
    return f"{DEAL}splits = deal(x, y, val={_size(val)}, test={_size(test)}, seed={seed})"


def _size(asked: int | float | str) -> str:
    return f"round({asked} * len(x))" if isinstance(asked, float) else str(asked)
