"""What `make run` and `make test` start by themselves: a PostgreSQL, a Valkey, and the processes of the portal."""
