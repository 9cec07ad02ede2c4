"""Calling a variant as its user would, between two files, and watching what comes of it."""
