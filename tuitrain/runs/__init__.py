"""Runs on disk: what was trained, what happened, and how to reach a training that is under way."""
