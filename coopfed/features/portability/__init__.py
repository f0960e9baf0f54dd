"""What an actor takes along when it comes or goes: CSV files both ways, and an archive of everything it said."""
