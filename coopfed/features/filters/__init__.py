"""Filters: what somebody does not want to see; the server says what matches, the app hides it."""
