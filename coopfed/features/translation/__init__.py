"""Posts in another language: by people where they wrote them, else by the service that the operator chose."""
