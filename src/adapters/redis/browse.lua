-- Some of the keys with their values, for whoever looks on: without a stamp, so what changes meanwhile may come twice or not at all.
--
-- KEYS  meta, states, due
-- ARGV  cursor ('0' for the first page), about how many keys
-- Reply {cursor ('0' behind the last page), {key, value, key, value, ...}}
return redis.call('HSCAN', KEYS[2], ARGV[1], 'COUNT', ARGV[2])
