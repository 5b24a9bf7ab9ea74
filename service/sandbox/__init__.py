"""Stand-ins for OpenAI and Meta, and customers who talk: real HTTP servers, for where credentials are missing."""
