"""The relay client: this node subscribes to relays, hears what they pass on, and leaves them again."""
