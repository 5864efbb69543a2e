-- Stores a topic. It keeps its number for as long as it stands in the catalogue.
-- KEYS: topics, topics:next, topics:version
-- ARGV: key, JSON, most topics
-- Answer: created | changed | same | full
local old = redis.call('HGET', KEYS[1], ARGV[1])
local number
if old then
  number = string.match(old, '^(%d+) ')
  if old == number .. ' ' .. ARGV[2] then return 'same' end
else
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
  number = redis.call('INCR', KEYS[2])
  if number > 65535 then return 'full' end
end
redis.call('HSET', KEYS[1], ARGV[1], number .. ' ' .. ARGV[2])
redis.call('INCR', KEYS[3])
return old and 'changed' or 'created'
