"""Where the files lie that come with the program: presets, data samples. It must not know what is in them."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """Return the path of a file or folder of the assets, e.g. `samples/mnist.npz`.

    An installed package holds them inside itself, a checkout beside the package. Raises FileNotFoundError.
    """
    places = (_PACKAGE / "assets" / name, _PACKAGE.parent / "assets" / name)
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(
        f"{name} is missing from the assets of tuitrain: neither {places[0]} nor {places[1]} exists. "
        "Install tuitrain again, or restore the file in your checkout."
    )
