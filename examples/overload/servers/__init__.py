"""The five servers. Each takes a listening socket, and serves for ever."""
