"""Stand-ins for OpenAI and Meta, and customers who talk: real HTTP servers, where credentials are missing."""
