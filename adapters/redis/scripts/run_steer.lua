-- Pauses, resumes or cancels a run. One that never began is cancelled at once; of one that did, the
-- shards are told, and settle what is left.
-- KEYS: run, running, opening
-- ARGV: run, pause | resume | cancel, kept for (s)
-- Answer: the state from now on; or absent | conflict
local of = redis.call('HMGET', KEYS[1], 'state', 'started', 'due')
local state, started = of[1], of[2]
if not state then return 'absent' end
if state == 'done' then return 'conflict' end
local wanted = ARGV[2]
if state == 'cancelled' then return wanted == 'cancel' and state or 'conflict' end
if wanted == 'pause' then
  state = 'paused'
  if not started then redis.call('ZREM', KEYS[3], ARGV[1]) end
elseif wanted == 'resume' then
  if state == 'paused' then
    state = started and 'running' or 'scheduled'
    if not started then redis.call('ZADD', KEYS[3], of[3], ARGV[1]) end
  end
elseif wanted == 'cancel' then
  state = 'cancelled'
  if not started then
    local time = redis.call('TIME')
    redis.call('HSET', KEYS[1], 'finished', time[1] * 1000 + math.floor(time[2] / 1000))
    redis.call('SREM', KEYS[2], ARGV[1])
    redis.call('ZREM', KEYS[3], ARGV[1])
    redis.call('EXPIRE', KEYS[1], ARGV[3])
  end
end
redis.call('HSET', KEYS[1], 'state', state)
return state
