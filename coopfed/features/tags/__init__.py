"""Hashtags that actors follow, show on their profiles, and how much each is used."""
