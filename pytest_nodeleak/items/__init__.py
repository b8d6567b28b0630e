"""Tests that nobody wrote for the plugin: routes, documents, and ordinary tests as load."""
