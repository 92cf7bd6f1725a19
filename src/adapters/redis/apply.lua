-- Writes the changes of one commit and the next stamp, if the store carries the one before.
--
-- KEYS  meta, states, due
-- ARGV  owner, chain, page, next chain, next page, next offset, next time (both '' for none), clear ('1' or '0'),
--       changes (each: length of the key as 4 bytes, key, due time as float64 or NaN for none, length of the value as 4 bytes or -1
--       for a deletion, value); no key comes twice
-- Reply 1: written, now or by this very call sent before; 0: refused, nothing was written.
local meta, states, due = KEYS[1], KEYS[2], KEYS[3]
local owner, packed = ARGV[1], ARGV[9]
if not carries(meta, states, due, owner, ARGV[2], ARGV[3]) then
  return carries(meta, states, due, owner, ARGV[4], ARGV[5]) and 1 or 0
end

-- A script that fails midway leaves behind what it has written: so the stamp goes first and comes back last. The first write is one
-- that is refused when memory is short, before anything has happened; after it Redis lets the others through.
redis.call('HSET', meta, 'chain', '')
if ARGV[8] == '1' then redis.call('UNLINK', states, due) end
-- No key comes twice, so where there are no timers none has to be dropped: while a store is filled that is half of what there is to do.
local has_timers = redis.call('ZCARD', due) > 0

-- Lua hands at most some 8,000 values to a call.
local FULL = 4000
local function queue(command, key)
  local waiting, count = {}, 0
  local function flush()
    if count > 0 then redis.call(command, key, unpack(waiting, 1, count)) end
    count = 0
  end
  local function one(value)
    count = count + 1
    waiting[count] = value
    if count == FULL then flush() end
  end
  local function pair(first, second)
    waiting[count + 1] = first
    waiting[count + 2] = second
    count = count + 2
    if count == FULL then flush() end
  end
  return one, pair, flush
end

local _, write, write_rest = queue('HSET', states)
local delete, _, delete_rest = queue('HDEL', states)
local _, set_timer, set_timers = queue('ZADD', due)
local drop_timer, _, drop_timers = queue('ZREM', due)

local unpack_row, sub = struct.unpack, string.sub
local at, behind = 1, #packed
while at <= behind do
  local key, time, size
  key, time, size, at = unpack_row('>I4c0di4', packed, at)
  if size < 0 then
    delete(key)
    if has_timers then drop_timer(key) end
  else
    write(key, sub(packed, at, at + size - 1))
    at = at + size
    if time == time then set_timer(time, key) elseif has_timers then drop_timer(key) end
  end
end
write_rest()
delete_rest()
set_timers()
drop_timers()

redis.call('HSET', meta, 'chain', ARGV[4], 'page', ARGV[5],
  'keys', redis.call('HLEN', states), 'timers', redis.call('ZCARD', due))
if ARGV[6] == '' then
  redis.call('HDEL', meta, 'offset', 'at')
else
  redis.call('HSET', meta, 'offset', ARGV[6], 'at', ARGV[7])
end
return 1
