-- Enters a notification run and the request that made it, in one step: whoever asks the same again is
-- told the run.
-- KEYS: request, run, running, runs, opening
-- ARGV: hash of the body, run, due (ms), order (JSON), item or '', shards, kept for (s), request kept
--       for (s)
-- Answer: entered | repeated | other, run
local known = redis.call('GET', KEYS[1])
if known then
  local body, run = string.match(known, '^(%S+) (.*)$')
  return {body == ARGV[1] and 'repeated' or 'other', run}
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'EX', ARGV[8])
redis.call('HSET', KEYS[2], 'kind', 'notification', 'state', 'scheduled', 'due', ARGV[3],
  'order', ARGV[4], 'item', ARGV[5], 'shards', ARGV[6])
redis.call('SADD', KEYS[3], ARGV[2])
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[5], ARGV[3], ARGV[2])
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', time[1] * 1000 - ARGV[7] * 1000)
return {'entered', ARGV[2]}
