-- A project's quota, shared by all who send for it: a bucket that fills evenly and holds a second's
-- worth. What it has is shared out among those who drew within the last second.
-- KEYS: bucket, who draws
-- ARGV: worker, messages a minute, wanted, whether the gateway refused for the quota (0/1)
-- The bucket: level (messages), at (ms), share (of the rate it fills with), cut (ms, its last loss)
-- Answer: messages granted
local bucket, drawing = KEYS[1], KEYS[2]
local worker, wanted = ARGV[1], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rate = tonumber(ARGV[2]) / 60000
local b = redis.call('HMGET', bucket, 'level', 'at', 'share', 'cut')
local level, at = tonumber(b[1] or rate * 1000), tonumber(b[2] or now)
local share, cut = tonumber(b[3] or 1), tonumber(b[4] or 0)

-- A refusal means that others draw on the project too, or that its quota is another: half as fast,
-- once a second at most, and back to all of it over five minutes.
local passed = math.max(0, math.min(now - at, 60000))
share = math.min(1, share + passed / 300000)
if ARGV[4] == '1' then
  level = 0
  if now - cut >= 1000 or now < cut then
    share = math.max(share / 2, 1 / 64)
    cut = now
  end
else
  level = math.min(level + passed * rate * share, math.max(rate * share * 1000, 1))
end

redis.call('ZADD', drawing, now, worker)
redis.call('ZREMRANGEBYSCORE', drawing, '-inf', now - 1000)
redis.call('ZREMRANGEBYSCORE', drawing, '(' .. now, '+inf')
local granted = math.min(wanted, math.floor(level / math.max(1, redis.call('ZCARD', drawing))))
if granted < 1 and level >= 1 and wanted >= 1 then granted = 1 end
redis.call('HSET', bucket, 'level', tostring(level - granted), 'at', now, 'share', tostring(share),
           'cut', cut)
redis.call('PEXPIRE', bucket, 600000)
redis.call('PEXPIRE', drawing, 600000)
return granted
