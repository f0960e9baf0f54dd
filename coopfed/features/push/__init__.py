"""Web Push: notifications that reach a browser or phone whose app is not open. Source: client_api research 8; RFC 8030."""
