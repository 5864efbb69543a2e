-- Lists somebody who is set aside, once; the newest first, a bounded number.
-- KEYS: dl
-- ARGV: run, subscriber id (hex), most
local who = ARGV[1] .. '|' .. ARGV[2] .. '|'
for _, listed in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if string.sub(listed, 1, #who) == who then return 0 end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('LPUSH', KEYS[1], who .. string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, ARGV[3] - 1)
return 1
