"""Who speaks: local and remote actors, their keys and documents."""
