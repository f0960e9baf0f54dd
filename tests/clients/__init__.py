"""Real clients of others live a member's day against a served node."""
