-- What is waiting in one shard.
-- KEYS: due, due:date, todo, ls, rt
-- Answer: now (ms), blocks to be claimed (0/1), retries due (0/1), then cohort, at, date of what is due
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local blocks = redis.call('ZCOUNT', KEYS[3], '-inf', now) + redis.call('ZCOUNT', KEYS[4], '-inf', now)
local answer = {tostring(now), blocks > 0 and 1 or 0, math.min(1, redis.call('ZCOUNT', KEYS[5], '-inf', now))}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, 4096)
for i = 1, #due, 2 do
  answer[#answer + 1] = due[i]
  answer[#answer + 1] = due[i + 1]
  answer[#answer + 1] = redis.call('HGET', KEYS[2], due[i]) or ''
end
return answer
