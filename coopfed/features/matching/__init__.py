"""Who fits whom: requests with requests of others, and with profiles, by codes, with reasons."""
