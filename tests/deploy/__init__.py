"""What stands in deploy/ and on the operations page: read, compared with the program, and the proxies tried for real."""
