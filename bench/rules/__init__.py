"""The rules of the history checker, by theme; :mod:`bench.judge` applies them all."""
