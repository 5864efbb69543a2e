-- What is waiting in one shard.
-- KEYS: due, due:date, rt, todo, ls, todo:n, ls:n
-- Answer: now (ms), blocks of digests to be claimed (0/1), blocks of notifications (0/1), retries due
--         (0/1), then cohort, at, date of what is due
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function any(key) return math.min(1, redis.call('ZCOUNT', key, '-inf', now)) end
local answer = {tostring(now), math.max(any(KEYS[4]), any(KEYS[5])),
  math.max(any(KEYS[6]), any(KEYS[7])), any(KEYS[3])}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, 4096)
for i = 1, #due, 2 do
  answer[#answer + 1] = due[i]
  answer[#answer + 1] = due[i + 1]
  answer[#answer + 1] = redis.call('HGET', KEYS[2], due[i]) or ''
end
return answer
