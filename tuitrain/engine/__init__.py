"""Training itself, and the only place with torch at module level. It knows nothing of runs, journals or terminals."""
