"""Ten programs, each in four designs: streams, channels, iterable streams, and plain asyncio.

A module for each program, with four functions that do the same. `stage` has what they copy between,
and measures what they hold; `table` runs all of them.

python -m examples.three_designs
"""
