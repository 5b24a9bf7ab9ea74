"""``onethread doctor``: what is looked at, one module for each side."""
