-- Enters the final counters of one shard; the run is done when all shards have reported. A shard
-- that opened another part after it had reported is counted anew by its next report.
-- KEYS: run, running
-- ARGV: run, shard, counters, kept for (s)
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'f:' .. ARGV[2], ARGV[3])
local shards = tonumber(redis.call('HGET', KEYS[1], 'shards'))
for shard = 0, shards - 1 do
  if redis.call('HEXISTS', KEYS[1], 'f:' .. shard) == 0 then return 0 end
end
if redis.call('HEXISTS', KEYS[1], 'finished') == 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  -- A cancelled run stays cancelled.
  if redis.call('HGET', KEYS[1], 'state') ~= 'cancelled' then
    redis.call('HSET', KEYS[1], 'state', 'done')
  end
  redis.call('HSET', KEYS[1], 'finished', now)
  redis.call('SREM', KEYS[2], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return 1
