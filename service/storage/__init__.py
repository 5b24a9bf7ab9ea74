"""PostgreSQL through asyncpg: the log, the inbox, what is owed, keys, and who works on what.

Statements are constants beside the function that runs them; the schema is in ``migrations/``.
"""
