"""The commands: each a typed function whose docstring is its help."""
