"""What we learn from the log: read models that can be thrown away and folded again.

Imports ``domain`` and asyncpg; where the events come from is asked for by a Protocol.
"""
