"""Bad days on loopback: floods of strangers, dead hosts, a locked database, a full disk. Real processes, bounded in count and time.

    ./run soak                     every storm at full size, on both engines, with figures (many minutes)
    ./run soak --only deletes      one of them

The test-suite runs each at a small part of its size and fails when something that was acknowledged is lost, when a healthy peer
waits longer than five seconds, or when memory grows beyond its bound.
"""
