-- A deleted item is in no list that is frozen from now on. Its time of arrival is kept, and the
-- revisions of lists frozen before.
-- KEYS: item
if redis.call('HGET', KEYS[1], 'state') ~= 'live' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'deleted')
return 1
