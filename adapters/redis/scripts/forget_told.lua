-- FORGET: notification runs that are no candidate of a digest any more leave nothing with a block.
-- KEYS: m
-- ARGV: runs
--@include told
local old = {}
for i = 1, #ARGV do old[ARGV[i]] = true end
local all = redis.call('GET', KEYS[1])
if not all then return 0 end
local kept, forgotten, at = {string.sub(all, 1, marks_end)}, 0, marks_end + 1
while at <= #all do
  local length = string.byte(all, at)
  local after = at + 1 + length + 64
  if old[string.sub(all, at + 1, at + length)] then
    forgotten = forgotten + 1
  else
    kept[#kept + 1] = string.sub(all, at, after - 1)
  end
  at = after
end
if forgotten > 0 then redis.call('SET', KEYS[1], table.concat(kept)) end
return forgotten
