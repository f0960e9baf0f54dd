"""What operators do about actors, hosts and reports. What each act means is written in docs/moderation.md."""
