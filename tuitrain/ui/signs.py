"""The state of a run in one character, the same on every screen."""

SIGNS = {
    "queued": "○",
    "preparing": "○",
    "running": "●",
    "paused": "‖",
    "finished": "✓",
    "stopped": "■",
    "lost": "?",
    "damaged": "!",
}
FAILED = "✗"


def sign(state: str) -> str:
    """Return the sign of a state; what has none of its own went wrong."""
    return SIGNS.get(state, FAILED)
