"""Descriptors: who owns them, how they are read and written without blocking the loop.

- `handles`: a descriptor that is closed once, whatever happens.
- `offload`: calls that may block, made in a thread and answered on the loop.
- `polled`, `threaded`: a descriptor that can be waited for, and one that needs a thread.
- `system_errors`: what the operating system says, told as Node tells it.

Not here: streams. `fs` and `stdio` make streams of these.
"""
