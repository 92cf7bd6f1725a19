-- The values of some keys.
--
-- KEYS  meta, states, due
-- ARGV  owner, chain, page, keys (each: length as 4 bytes, bytes)
-- Reply values in the order asked for, nil where there is none; nil as a whole: another stamp.
local meta, states, due, packed = KEYS[1], KEYS[2], KEYS[3], ARGV[4]
if not carries(meta, states, due, ARGV[1], ARGV[2], ARGV[3]) then return false end

local unpack_row = struct.unpack
local reply, told, at = {}, 0, 1
while at <= #packed do
  local keys, count = {}, 0
  while count < 4000 and at <= #packed do
    count = count + 1
    keys[count], at = unpack_row('>I4c0', packed, at)
  end
  local values = redis.call('HMGET', states, unpack(keys, 1, count))
  for i = 1, count do reply[told + i] = values[i] end
  told = told + count
end
return reply
