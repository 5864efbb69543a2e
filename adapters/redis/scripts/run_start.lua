-- Enters a run under its app. Whoever comes first starts it; the others are told its state.
-- KEYS: run, running, runs
-- ARGV: run, kind, due (ms), shards, kept for (s)
if redis.call('EXISTS', KEYS[1]) == 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', KEYS[1], 'kind', ARGV[2], 'state', 'running', 'due', ARGV[3], 'shards', ARGV[4],
    'started', now)
  redis.call('SADD', KEYS[2], ARGV[1])
  redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - tonumber(ARGV[5]) * 1000)
end
return redis.call('HGET', KEYS[1], 'state')
