-- Some of the keys with their values.
--
-- KEYS  meta, states, due
-- ARGV  owner, chain, page, cursor ('' for the first page), about how many keys
-- Reply {cursor ('' behind the last page), {key, value, key, value, ...}}; nil: another stamp.
--
-- Redis orders a hash by a number that it draws when it starts, so its cursor means nothing to another server: one that was restarted,
-- or took over from its master. So the cursor names the run, and in another run the scan begins anew; keys may come twice.
if not carries(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3]) then return false end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local of, at = string.match(ARGV[4], '^(%x+):(%d+)$')
if of ~= run then at = '0' end
local page = redis.call('HSCAN', KEYS[2], at, 'COUNT', ARGV[5])
if page[1] == '0' then return { '', page[2] } end
return { run .. ':' .. page[1], page[2] }
