"""Arrays to text cells: curves, images, matrices and surfaces as styled lines.

Knows numpy, rich and plotext; it must not know Textual, torch, runs or files.
"""
