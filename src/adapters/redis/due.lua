-- Timers in order of due time; of one due time in the order of their keys' bytes, which is how a sorted set orders equal scores.
--
-- KEYS  meta, states, due
-- ARGV  owner, chain, page, first, last (places in that order from 0; a last before the first: none)
-- Reply {key, due time, key, due time, ...}; nil: another stamp.
if not carries(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3]) then return false end
if tonumber(ARGV[5]) < tonumber(ARGV[4]) then return {} end
return redis.call('ZRANGE', KEYS[3], ARGV[4], ARGV[5], 'WITHSCORES')
