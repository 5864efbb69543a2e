-- Due entries of the retry set, each put off by one lease, so that nobody else takes it meanwhile.
-- KEYS: rt
-- ARGV: tag, lease (ms), most
-- Answer: per entry: run, subscriber id (hex), packed entry
local tag = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local run, id = string.match(member, '^(.*)|(%x+)$')
  local entry = redis.call('HGET', tag .. ':rt:' .. run, id)
  if entry then
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), member)
    answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = run, id, entry
  else
    redis.call('ZREM', KEYS[1], member)
  end
end
return answer
