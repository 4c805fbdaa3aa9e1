"""Runs and drawings as files for elsewhere: pictures (SVG, PNG), text, tables (CSV, TSV) and reports (HTML).

Knows runs and drawing; must not know screens, and trains nothing.
"""
