"""How the world reaches a conversation: channels, model provider, storage, web, workers, sandbox."""
