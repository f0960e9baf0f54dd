"""Who follows whom: asking, granting, refusing and ending."""
