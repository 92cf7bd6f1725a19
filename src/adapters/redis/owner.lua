-- Who opened the task last.
--
-- KEYS  meta, states, due
-- Reply owner, nil where there is none.
return redis.call('HMGET', KEYS[1], 'owner')[1]
