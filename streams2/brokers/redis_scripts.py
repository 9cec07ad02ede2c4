"""What Redis does for a queue in one step each: in Lua, and with nobody in between.

A queue `work` has these keys, all in one slot of a cluster:

- ``{work}:queue``: how it was declared;
- ``{work}:0``, ``{work}:1``, ...: a stream for each lane, with one consumer group;
- ``{work}:ids``: the ids that were sent, by when they are forgotten;
- ``{work}:bell``: a stream that gets an entry when there may be something to take.

A message is deleted when it is done, so what the streams hold is the backlog. In a queue with
lanes nobody is given a message while another of its lane is in somebody's hands: that is all that
the order of keys needs, whoever dies.
"""

from __future__ import annotations

__all__ = ["DECLARE", "DELETE", "GONE", "GROUP", "INFO", "PUBLISH", "SETTLE", "TAKE", "keys_of"]

GROUP = "streams2"
GONE = "GONE"

_BEGIN = f"""
local queue, bell, ids = KEYS[1], KEYS[2], KEYS[3]
local group = '{GROUP}'
if redis.call('EXISTS', queue) == 0 then return redis.error_reply('{GONE} no such queue') end
"""

_RING = """
redis.call('XADD', bell, 'MAXLEN', 1, '*', 'rung', 1)
"""


def keys_of(name: str, parts: int) -> list[str]:
    """The keys of a queue in the order that scripts know them in."""
    lanes = [f"{{{name}}}:{lane}" for lane in range(parts)]
    return [*(f"{{{name}}}:{part}" for part in ("queue", "bell", "ids")), *lanes]


DECLARE = f"""
local queue, bell = KEYS[1], KEYS[2]
if redis.call('EXISTS', queue) == 0 then
  redis.call('HSET', queue, unpack(ARGV))
  for lane = 4, #KEYS do
    redis.call('XGROUP', 'CREATE', KEYS[lane], '{GROUP}', '0', 'MKSTREAM')
  end
  {_RING}
end
return redis.call('HGETALL', queue)
"""

INFO = (
    _BEGIN
    + """
local backlog, held = 0, 0
for lane = 4, #KEYS do
  backlog = backlog + redis.call('XLEN', KEYS[lane])
  held = held + redis.call('XPENDING', KEYS[lane], group)[1]
end
return {backlog, held}
"""
)

DELETE = """
return redis.call('DEL', unpack(KEYS))
"""

# ARGV: the limit, for how long ids are known, and five for each message: lane, id, data, key,
# headers. How many of them the queue has taken, from the first on; one that it knows is taken.
PUBLISH = (
    _BEGIN
    + f"""
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', ids, '-inf', now)
local backlog = 0
for lane = 4, #KEYS do backlog = backlog + redis.call('XLEN', KEYS[lane]) end
local taken = 0
for at = 3, #ARGV, 5 do
  local lane, id = KEYS[tonumber(ARGV[at]) + 4], ARGV[at + 1]
  local known = window > 0 and redis.call('ZSCORE', ids, id)
  if not known then
    if backlog >= limit then break end
    local data, key, headers = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    redis.call('XADD', lane, '*', 'i', id, 'd', data, 'k', key, 'h', headers)
    if window > 0 then redis.call('ZADD', ids, now + window, id) end
    backlog = backlog + 1
  end
  taken = taken + 1
end
if taken > 0 then {_RING} end
return taken
"""
)

# ARGV: how long somebody may be silent, and four for each message: lane, entry, what became of
# it, and the delay of one that is given back.
SETTLE = (
    _BEGIN
    + f"""
local silence, given_back = tonumber(ARGV[1]), false
for at = 2, #ARGV, 4 do
  local lane, entry = KEYS[tonumber(ARGV[at]) + 4], ARGV[at + 1]
  local what, delay = ARGV[at + 2], ARGV[at + 3]
  if what == 'ack' then
    redis.call('XACK', lane, group, entry)
    redis.call('XDEL', lane, entry)
  else
    local idle = 0
    if what == 'nack' then
      given_back = true
      idle = math.max(0, silence - tonumber(delay))
    end
    redis.call('XCLAIM', lane, group, 'one', 0, entry, 'IDLE', idle, 'JUSTID')
  end
end
if given_back then {_RING} end
return 0
"""
)

# ARGV: how many, how long somebody may be silent, which lane to look into first, and whether each
# lane gives one message at a time. Seven for each that is given out, one behind the other: lane,
# how often it was, entry, id, data, key, headers.
TAKE = (
    _BEGIN
    + """
local room, silence, first = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local one_each = ARGV[4] == '1'
local out = {}

local function give(at, tries, entry)
  local fields = entry[2]
  for _, item in ipairs({at, tries, entry[1], fields[2], fields[4], fields[6], fields[8]}) do
    out[#out + 1] = item
  end
  room = room - 1
end

local function claim(at, most)
  local lane = KEYS[at + 4]
  for _, held in ipairs(redis.call('XPENDING', lane, group, 'IDLE', silence, '-', '+', most)) do
    local got = redis.call('XCLAIM', lane, group, 'one', silence, held[1])[1]
    if got then
      give(at, held[4] + 1, got)
    else
      redis.call('XACK', lane, group, held[1])
    end
  end
end

local function take(at, most)
  local lane = KEYS[at + 4]
  local got = redis.call('XREADGROUP', 'GROUP', group, 'one', 'COUNT', most, 'STREAMS', lane, '>')
  if got then
    for _, entry in ipairs(got[1][2]) do
      give(at, 1, entry)
    end
  end
end

local lanes = #KEYS - 3
for step = 0, lanes - 1 do
  if room <= 0 then break end
  local at = (first + step) % lanes
  if redis.call('XLEN', KEYS[at + 4]) > 0 then
    if one_each then
      if redis.call('XPENDING', KEYS[at + 4], group)[1] > 0 then claim(at, 1) else take(at, 1) end
    else
      claim(at, room)
      if room > 0 then take(at, room) end
    end
  end
end
return out
"""
)
