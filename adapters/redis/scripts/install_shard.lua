-- Gives a shard its generation, unless it has one, and its first seq. The shard says its generation
-- before the notes do.
-- KEYS: gen, seq
-- ARGV: generation
-- Answer: the shard's generation
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[2], 1, 'NX')
return redis.call('GET', KEYS[1])
