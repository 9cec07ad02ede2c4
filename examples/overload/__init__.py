"""An overloaded web server, five ways: what back-pressure does for those who come too many.

python -m examples.overload
"""
