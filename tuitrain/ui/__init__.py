"""The cockpit: the only place with Textual. It opens no files, trains nothing and imports no torch."""
