-- Ends one attempt of a retry entry: settles devices, and removes the entry or puts it off again. It
-- counts only if the entry is still as it was claimed: a repeated call changes nothing.
-- KEYS: rt, rt:<run>
-- ARGV: tag, kept for (s), run, run|cohort, subscriber id (hex), entry as claimed,
--       accepted, rejected, expired, skipped, reason, why code or 255, block, slot in block,
--       mark date (2 bytes) or empty, entry to be kept or empty, due (ms), excluded, whether it was
--       tried (0/1), cohort:block of the record or empty, two bitmaps (32 bytes): had the item, put
--       it off
-- Answer: whether it counted (0/1)
local tag, kept, run, name, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
--@include settle
--@include told
--@include remember_item
local member = run .. '|' .. id
if redis.call('HGET', KEYS[2], id) ~= ARGV[6] then return 0 end
local why = 'w' .. ARGV[13]
local p = read_part(name, {why})
if not p then return redis.error_reply('REGRESSED a part is missing') end
count(run, 'accepted', tonumber(ARGV[7]))
count(run, 'rejected', tonumber(ARGV[8]))
count(run, 'expired', tonumber(ARGV[9]))
count(run, 's:' .. ARGV[11], tonumber(ARGV[10]))
settle(p, run, ARGV[7] + ARGV[8] + ARGV[9] + ARGV[10])
exclude(p, run, tonumber(ARGV[18]))
if ARGV[20] ~= '' then remember_item(run, ARGV[20], ARGV[21], ARGV[22]) end
if tonumber(ARGV[12]) ~= 255 then
  remember_why(p, why, string.char(tonumber(ARGV[14]), tonumber(ARGV[12])))
end
if ARGV[15] ~= '' then
  local key = tag .. ':m:' .. string.match(name, '|(.*)$') .. ':' .. ARGV[13]
  redis.call('SETRANGE', key, tonumber(ARGV[14]) * 2, ARGV[15])
end
if ARGV[16] ~= '' then
  redis.call('HSET', KEYS[2], id, ARGV[16])
  redis.call('ZADD', KEYS[1], ARGV[17], member)
  count(run, 'retries', tonumber(ARGV[19]))
else
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[1], member)
  p.retry = p.retry - 1
  finish(p, run)
end
keep_parts()
return 1
