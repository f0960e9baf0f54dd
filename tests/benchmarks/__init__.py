"""What each part costs, as figures and ratios; nothing here fails a build by time.

    ./run bench [--engine sqlite|postgresql] [--only NAME …] [--markdown]

A real server process is loaded from this process and from a receiver process, on loopback, in bounded numbers. CPU is that of the
server process alone (PostgreSQL's own is not counted), wall times include that everything shares the machine's cores.
"""
