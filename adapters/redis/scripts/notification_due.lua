-- The notification runs of an app that are to be opened now. The first who asks starts them; what was
-- paused or cancelled before that does not stand here.
-- KEYS: opening
-- ARGV: prefix of run keys, most
-- Answer: run, due (ms) for each
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for _, run in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local key = ARGV[1] .. run
  local of = redis.call('HMGET', key, 'state', 'due')
  if not of[1] then
    redis.call('ZREM', KEYS[1], run)
  else
    if of[1] == 'scheduled' then
      redis.call('HSET', key, 'state', 'running', 'started', now)
    end
    local n = #answer
    answer[n + 1], answer[n + 2] = run, of[2]
  end
end
return answer
