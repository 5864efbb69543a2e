-- RELEASE: the holder gives its block back; the next claim takes it over, at once or after a rest.
-- KEYS: ls, part
-- ARGV: run|cohort|block, block, epoch, rest (ms, at most one lease)
-- A lease that was given back ends in a half of a millisecond, or stands at 0: nothing is in doubt.
if redis.call('HGET', KEYS[2], 'e' .. ARGV[2]) ~= ARGV[3] then return 0 end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local rest = tonumber(ARGV[4])
if rest <= 0 then
  redis.call('ZADD', KEYS[1], 'XX', 0, ARGV[1])
  return 1
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = tonumber(redis.call('HGET', KEYS[2], 'deadline'))
local due = math.max(now, math.min(now + rest - 1, deadline)) + 0.5
redis.call('ZADD', KEYS[1], 'XX', string.format('%.1f', due), ARGV[1])
return 1
