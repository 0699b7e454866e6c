"""The rooms: the domain, small Django apps that know no HTTP and no pages."""
