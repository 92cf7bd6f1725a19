-- Goes before load, apply, scan and due: whether the store carries a stamp.
--
-- The stamp also says how many keys and timers there are. So a store that lost a part of a task (a key evicted, or deleted by hand)
-- carries no stamp any more, as if it had lost all of it.
local function carries(meta, states, due, owner, chain, page)
  local stored = redis.call('HMGET', meta, 'owner', 'chain', 'page', 'keys', 'timers')
  return stored[1] == owner and stored[2] == chain and stored[3] == page
    and stored[4] == tostring(redis.call('HLEN', states))
    and stored[5] == tostring(redis.call('ZCARD', due))
end
