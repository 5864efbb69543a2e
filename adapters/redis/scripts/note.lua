-- NOTE: a slot of a block is about to be tried, by a worker who goes one slot at a time.
-- KEYS: part
-- ARGV: block, epoch, slot
-- Answer: how often in a row this slot was noted without being settled, this time included; -1: the
--         block is somebody else's
local held = redis.call('HMGET', KEYS[1], 'state', 'e' .. ARGV[1], 'n' .. ARGV[1])
if not held[1] then return redis.error_reply('REGRESSED a part is missing') end
if held[2] ~= ARGV[2] then return -1 end
local slot, times = string.match(held[3] or '', '^(%d+) (%d+)$')
times = slot == ARGV[3] and times + 1 or 1
redis.call('HSET', KEYS[1], 'n' .. ARGV[1], ARGV[3] .. ' ' .. times)
return times
