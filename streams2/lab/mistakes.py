"""What people do wrong, one thing at a time."""

from __future__ import annotations

__all__ = ["MISTAKES"]

MISTAKES = {
    "none": "no mistake",
    "ignore_false": "ignore False",
    "forget_callback": "forget the callback",
    "second_sink_stalls": "second sink stalls",
    "sink_fails": "sink fails half way",
    "source_fails": "source fails half way",
    "unread_transform": "nobody reads the Transform",
    "resume_by_hand": "resume by hand",
    "unpipe_in_the_middle": "unpipe in the middle",
}
"""What each is called."""
