-- The values of some keys, for whoever looks on: without a stamp, and so as they are at this moment.
--
-- KEYS  meta, states, due
-- ARGV  keys
-- Reply {keys there are, {value or nil, ...}}
local keys = redis.call('HLEN', KEYS[2])
if #ARGV == 0 then return { keys, {} } end
return { keys, redis.call('HMGET', KEYS[2], unpack(ARGV)) }
