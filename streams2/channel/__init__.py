from ._core import Channel
from ._buffers import *
