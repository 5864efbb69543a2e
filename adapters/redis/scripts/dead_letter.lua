-- Lists somebody who was set aside; the newest first, a bounded number.
-- KEYS: dl
-- ARGV: run, subscriber id (hex), most
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('LPUSH', KEYS[1], ARGV[1] .. '|' .. ARGV[2] .. '|' .. string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, ARGV[3] - 1)
return 1
