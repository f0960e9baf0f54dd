"""Polls: voting, counting, telling the results, and the end."""
