"""The only place with sockets to strangers."""
