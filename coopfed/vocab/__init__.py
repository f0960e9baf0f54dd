"""ActivityStreams as plain data: pure functions, values in, values out; no sockets, no database, no JSON-LD expansion."""
