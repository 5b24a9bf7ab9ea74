"""What a conversation is.

Pure: no I/O, no clock, no async, no SQL. Time and identifiers are passed in.
Imports the standard library and ``eventsourcing.domain`` only; a check enforces it.
"""
