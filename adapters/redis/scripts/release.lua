-- RELEASE: the holder gives its block back; the next claim takes it over at once.
-- KEYS: ls, part
-- ARGV: run|cohort|block, block, epoch
if redis.call('HGET', KEYS[2], 'e' .. ARGV[2]) ~= ARGV[3] then return 0 end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], 'XX', 0, ARGV[1])
return 1
