"""What tests share: a real PostgreSQL, and builders."""
