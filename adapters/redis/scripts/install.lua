-- The first start on a Redis makes the installation's notes; everybody later finds them.
-- KEYS: control
-- ARGV: field, value, …
-- Answer: all fields and values
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end
return redis.call('HGETALL', KEYS[1])
