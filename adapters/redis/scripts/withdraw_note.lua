-- WITHDRAW NOTE: a slot that was noted was not settled, and its worker lives. Whoever noted it since
-- keeps the own note.
-- KEYS: part
-- ARGV: block, slot
-- Answer: 1; 0: another slot is noted by now, or none
local noted = redis.call('HGET', KEYS[1], 'n' .. ARGV[1])
local slot, times = string.match(noted or '', '^(%d+) (%d+)$')
if slot ~= ARGV[2] or times == '0' then return 0 end
redis.call('HSET', KEYS[1], 'n' .. ARGV[1], slot .. ' ' .. times - 1)
return 1
