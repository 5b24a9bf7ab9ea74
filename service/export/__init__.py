"""What leaves in bulk: the log and what is made of it, as files that other programs and people read.

A *source* gives rows in a fixed order, a slice at a time; a *format* makes bytes of them; a file or a
response takes them. Nothing holds more than a slice.
"""
