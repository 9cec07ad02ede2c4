"""A producer, workers and a slow consumer, each a process or a host of its own, over a broker.

`stage` is what is done; `roles` are the processes; `server` is the broker; `conduct` runs them all;
`figures` are what they said, and `picture` draws them.
"""
