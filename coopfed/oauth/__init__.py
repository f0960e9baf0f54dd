"""Who a request of an app speaks for."""
