-- Of each item: its newest revision, and its state; both nil for one that is not there.
-- KEYS: items
local heads = {}
for i, key in ipairs(KEYS) do
  local head = redis.call('HMGET', key, 'rev', 'state')
  heads[2 * i - 1], heads[2 * i] = head[1], head[2]
end
return heads
