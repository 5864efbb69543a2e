-- Stores an item. It arrives now, or at its published_at if that is later; a change does not make it
-- new, not even after it was deleted. This clock decides, so that no window that was frozen misses
-- an item that arrived before it.
-- KEYS: item, arrived
-- ARGV: id, published (ms), hash of the JSON, JSON, kept (s), revisions kept (s), prefix of revisions
-- Answer: created | changed | same
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old = redis.call('HMGET', KEYS[1], 'rev', 'arrived', 'hash', 'state')
if old[3] == ARGV[3] and old[4] == 'live' then return 'same' end
local arrived = tonumber(old[2] or 0)
if not old[2] or arrived > now then arrived = math.max(now, tonumber(ARGV[2])) end
local rev = tonumber(old[1] or 0) + 1
local ends = math.floor(math.max(arrived, now) / 1000)
redis.call('HSET', KEYS[1], 'rev', rev, 'arrived', arrived, 'hash', ARGV[3], 'state', 'live')
redis.call('EXPIREAT', KEYS[1], ends + ARGV[5])
redis.call('SET', ARGV[7] .. ARGV[1] .. ':' .. rev, ARGV[4], 'EXAT', ends + ARGV[6])
redis.call('ZADD', KEYS[2], arrived, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[5] * 1000)
return old[1] and 'changed' or 'created'
