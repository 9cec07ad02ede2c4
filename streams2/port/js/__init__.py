"""What JavaScript does and Python does not: drafts import it where plain Python would be wrong.

>>> from streams2.port import js
>>> js.truthy([]), js.text(1.0), js.Object(a=1).b
(True, '1', None)

- `values`: truth, equality, arithmetic; `text`, `printing` and `json`: values as text;
- `objects` and `functions`: properties, and ``this``;
- `methods`, `lists` and `letters`: those of lists, text and bytes;
- `collections`, `making`, `dates`, `regexes`, `urls`;
- `errors`, `promises`, `process`, `arguments`; `files` and `paths`: of Node's ``fs`` and ``path``.

Not here: the translator, which is the room around this one; streams.
"""

from . import files as files
from . import paths as paths
from .arguments import parse_args as parse_args
from .arguments import promisify as promisify
from .collections import Map as Map
from .collections import Set as Set
from .dates import Date as Date
from .errors import Error as Error
from .errors import RangeError as RangeError
from .errors import ReferenceError as ReferenceError  # noqa: A004
from .errors import SyntaxError as SyntaxError  # noqa: A004
from .errors import Thrown as Thrown
from .errors import TypeError as TypeError  # noqa: A004
from .errors import message as message
from .errors import name as name
from .errors import thrown as thrown
from .functions import Function as Function
from .functions import bind as bind
from .functions import call as call
from .functions import function as function
from .functions import method as method
from .json import parse as parse
from .json import stringify as stringify
from .letters import BLANKS as BLANKS
from .letters import locale_compare as locale_compare
from .making import as_object as as_object
from .making import bytes_from as bytes_from
from .making import bytes_of as bytes_of
from .making import check as check
from .making import created_from as created_from
from .making import from_entries as from_entries
from .making import is_bytes as is_bytes
from .making import is_list as is_list
from .making import is_object as is_object
from .making import list_from as list_from
from .making import tag as tag
from .methods import concat as concat
from .methods import copy as copy
from .methods import flat as flat
from .methods import index_of as index_of
from .methods import invoke as invoke
from .methods import join as join
from .methods import reduce as reduce
from .methods import sort as sort
from .methods import splice as splice
from .methods import split as split
from .methods import sub as sub
from .methods import substr as substr
from .methods import substring as substring
from .objects import Object as Object
from .objects import as_option as as_option
from .objects import assign as assign
from .objects import change as change
from .objects import delete as delete
from .objects import entries as entries
from .objects import freeze as freeze
from .objects import get as get
from .objects import given as given
from .objects import has as has
from .objects import has_own as has_own
from .objects import item as item
from .objects import iterate as iterate
from .objects import keys as keys
from .objects import length as length
from .objects import mapping as mapping
from .objects import options as options
from .objects import put as put
from .objects import resize as resize
from .objects import values as values_of  # noqa: F401
from .objects import without as without
from .printing import error as error
from .printing import format_ as format_
from .printing import inspect as inspect
from .printing import log as log
from .printing import shown as shown
from .process import process as process
from .process import run as run
from .promises import Promise as Promise
from .promises import awaited as awaited
from .promises import closing as closing
from .promises import promising as promising
from .promises import queue_microtask as queue_microtask
from .promises import queued as queued
from .promises import spawn as spawn
from .regexes import regexp as regexp
from .stopping import NotPorted as NotPorted
from .text import text as text
from .urls import URL as URL
from .urls import URLSearchParams as URLSearchParams
from .urls import address as address
from .urls import decode as decode
from .urls import decode_part as decode_part
from .urls import encode as encode
from .urls import encode_part as encode_part
from .values import add as add
from .values import at_least as at_least
from .values import at_most as at_most
from .values import ceil as ceil
from .values import divide as divide
from .values import equal as equal
from .values import floor as floor
from .values import highest as highest
from .values import int32 as int32
from .values import is_integer as is_integer
from .values import is_nan as is_nan
from .values import less as less
from .values import lowest as lowest
from .values import more as more
from .values import number as number
from .values import parse_float as parse_float
from .values import parse_int as parse_int
from .values import power as power
from .values import remainder as remainder
from .values import round_ as round_
from .values import same as same
from .values import sign as sign
from .values import times as times
from .values import to_fixed as to_fixed
from .values import trunc as trunc
from .values import truthy as truthy
from .values import typeof as typeof
from .values import uint32 as uint32
