-- Writes the owner, and tells what was there.
--
-- KEYS  meta, states, due
-- ARGV  owner, format version of this program
-- Reply {version, chain, page, offset, at}: each may be nil. The version found is another one: nothing was written.
--       Nil chain: there are no states, or not all of them.
local meta, states, due = KEYS[1], KEYS[2], KEYS[3]
local found = redis.call('HMGET', meta, 'version', 'chain', 'page', 'offset', 'at', 'keys', 'timers')
if found[1] and found[1] ~= ARGV[2] then return { found[1] } end

local whole = found[2] and found[2] ~= ''
  and found[6] == tostring(redis.call('HLEN', states))
  and found[7] == tostring(redis.call('ZCARD', due))
if whole then
  redis.call('HSET', meta, 'owner', ARGV[1])
  return { found[1], found[2], found[3], found[4], found[5] }
end

redis.call('HSET', meta, 'version', ARGV[2], 'owner', ARGV[1], 'chain', '-1', 'page', '0', 'keys', '0', 'timers', '0')
redis.call('HDEL', meta, 'offset', 'at')
redis.call('UNLINK', states, due)
return { ARGV[2], false, false, false, false }
