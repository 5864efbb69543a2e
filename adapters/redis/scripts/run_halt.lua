-- Tells one shard what was ordered for a run, and lets what was held back come at once.
-- KEYS: run, todo, todo:n
-- ARGV: run, halt (0 none, 1 paused, 2 cancelled)
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'halt', ARGV[2])
if ARGV[2] == '2' then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local head = ARGV[1] .. '|'
  for _, key in ipairs({KEYS[2], KEYS[3]}) do
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. now, '+inf')) do
      if string.sub(name, 1, #head) == head then redis.call('ZADD', key, now, name) end
    end
  end
end
return 1
