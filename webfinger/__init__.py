"""Names to actors: WebFinger (RFC 7033), both as server and as client."""
