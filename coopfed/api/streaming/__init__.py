"""Streams of the client API: what happens is told at once, on WebSockets and as server-sent events.

`channels` says which streams there are; `hub` reads what happened and hands it to those who listen; `reading` is what each of them may
see of it; `sockets` and `feeds` are the two ways to listen. Source: client_api research 7.
"""
