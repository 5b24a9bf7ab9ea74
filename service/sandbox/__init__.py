"""Stand-ins for OpenAI and Meta, and customers who talk: real HTTP servers, used where credentials are missing."""
