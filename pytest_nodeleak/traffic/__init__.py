"""Requests that somebody else described: OpenAPI documents and HTTP archives."""
