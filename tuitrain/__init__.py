"""A training cockpit in the terminal: experiments become runs, runs become curves."""
