"""The HTTP surface: webhooks, API, health; errors are ``application/problem+json`` (RFC 9457)."""
