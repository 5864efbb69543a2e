-- COMMIT: settles slots of one block and renews or ends its lease. Effects belong to whoever flips a
-- slot's bit, so a repeated or a stale commit counts nothing twice; a stale holder's truth is taken.
-- KEYS: part, bm, ls (of the lane)
-- ARGV: tag, kept for (s), run, run|cohort, block, epoch, lease (ms), last (0/1),
--       bitmap of the slots given (32 bytes),
--       totals "accepted rejected expired retries excluded" and skips as "reason=n …" (for when all
--         flip),
--       slots: 9 bytes each: slot, accepted, rejected, expired, skipped, reason, why or 255,
--         retry 0/1, excluded
--       marks: pairs of bytes (first slot, last slot) of those accepted, date (2 bytes, little-endian)
--       reason names, whether any why is given ('w' or ''), number of blocks of which readers had or
--         put off the notification's item, then for each: cohort:block, two bitmaps of 32 bytes
--       then per slot to be retried: slot, subscriber id (hex), entry, due (ms)
-- Answer: lease lost (0/1), bitmap of the slots that were settled before, halt of the run, bitmap of
--         the slots that are settled now
local tag, kept, run, name, block = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
--@include settle
--@include told
--@include remember_item
local part = KEYS[1]
local held = redis.call('HMGET', part, 'e' .. block, 'state')
if not held[2] then return redis.error_reply('REGRESSED a part is missing') end
-- A part that is done has counted everybody, who was not met as gone, and its slots may be somebody
-- else's by now: a late truth changes nothing.
if held[2] ~= 'open' then return {held[1] ~= ARGV[6] and 1 or 0, '', '0', ''} end

local given = ARGV[9]
local old = redis.call('HGET', KEYS[2], block)
local clash = ''
if old then
  local words = {}
  local any = 0
  for i = 0, 7 do
    local a, b = struct.unpack('<I4', old, i * 4 + 1), struct.unpack('<I4', given, i * 4 + 1)
    local both = bit.band(a, b)
    if both ~= 0 then any = 1 end
    words[i + 1] = struct.pack('<I4', bit.bor(a, b) % 4294967296)
  end
  if any == 1 then
    clash = old
  end
  given = table.concat(words)
end
redis.call('HSET', KEYS[2], block, given)

local function was_set(slot)
  if clash == '' then return false end
  local byte = string.byte(clash, math.floor(slot / 8) + 1)
  return bit.band(byte, bit.lshift(1, slot % 8)) ~= 0
end

local why = {}
local settled = 0
if clash == '' then
  local acc, rej, exp, ret, exc = string.match(ARGV[10], '(%d+) (%d+) (%d+) (%d+) (%d+)')
  exclude(name, run, tonumber(exc))
  count(name, run, 'accepted', tonumber(acc))
  count(name, run, 'rejected', tonumber(rej))
  count(name, run, 'expired', tonumber(exp))
  count(name, run, 'retries', tonumber(ret))
  settled = acc + rej + exp
  for reason, n in string.gmatch(ARGV[11], '([%w_]+)=(%d+)') do
    count(name, run, 's:' .. reason, tonumber(n))
    settled = settled + n
  end
end
local slots = ARGV[12]
if clash ~= '' or #ARGV[15] > 0 then
  local reasons = {}
  for reason in string.gmatch(ARGV[14], '[%w_]+') do reasons[#reasons + 1] = reason end
  for at = 1, #slots, 9 do
    local slot, acc, rej, exp, skip, reason, code, retry, exc = string.byte(slots, at, at + 8)
    if not was_set(slot) then
      if clash ~= '' then
        count(name, run, 'accepted', acc)
        count(name, run, 'rejected', rej)
        count(name, run, 'expired', exp)
        count(name, run, 's:' .. (reasons[reason + 1] or 'gone'), skip)
        count(name, run, 'retries', retry)
        exclude(name, run, exc)
        settled = settled + acc + rej + exp + skip
      end
      if code ~= 255 then why[#why + 1] = string.char(slot, code) end
    end
  end
end
settle(name, run, settled)
remember_why(name, block, table.concat(why))

-- Marks: a slot whose bit somebody else had set keeps the mark that they gave it.
local marks = ARGV[13]
if #marks > 2 then
  local date = string.sub(marks, -2)
  local key = tag .. ':m:' .. string.match(name, '|(.*)$') .. ':' .. block
  if clash ~= '' then
    for at = 1, #marks - 2, 2 do
      local first, last = string.byte(marks, at, at + 1)
      for slot = first, last do
        if not was_set(slot) then redis.call('SETRANGE', key, slot * 2, date) end
      end
    end
  else
    -- One write, however many ranges: two gateways seldom answer in the order of the slots.
    local begin, pieces, read = string.byte(marks, 1) * 2, {}, 0
    local before = #marks > 4 and
        redis.call('GETRANGE', key, begin, string.byte(marks, -3) * 2 + 1) or ''
    for at = 1, #marks - 2, 2 do
      local first, last = string.byte(marks, at, at + 1)
      local from = first * 2 - begin
      local between = string.sub(before, read + 1, from)
      pieces[#pieces + 1] = between .. string.rep('\0', from - read - #between)
      pieces[#pieces + 1] = string.rep(date, last - first + 1)
      read = last * 2 + 2 - begin
    end
    redis.call('SETRANGE', key, begin, table.concat(pieces))
  end
end

-- Whoever had the item had it, whether or not somebody else settled the slot.
local from = 17 + 3 * ARGV[16]
for i = 17, from - 1, 3 do remember_item(run, ARGV[i], ARGV[i + 1], ARGV[i + 2]) end

local lease = name .. '|' .. block
-- Somebody else holds the block by now and may have sent to whoever a stale holder leaves to be tried
-- again: quietly, and not before the holder knows of it or has lost the block.
local held_until = held[1] ~= ARGV[6] and redis.call('ZSCORE', KEYS[3], lease)
local entries = 0
for i = from, #ARGV, 4 do
  if not was_set(tonumber(ARGV[i])) then
    local entry, due = ARGV[i + 2], ARGV[i + 3]
    if held_until then
      local flags = string.byte(entry, 6)  -- 1 ambiguous
      entry = string.sub(entry, 1, 5) .. string.char(flags + 1 - flags % 2) .. string.sub(entry, 7)
      if tonumber(held_until) > tonumber(due) then due = held_until end
    end
    redis.call('HSET', tag .. ':rt:' .. run, ARGV[i + 1], entry)
    redis.call('ZADD', tag .. ':rt', due, run .. '|' .. ARGV[i + 1])
    entries = entries + 1
  end
end
if entries > 0 then redis.call('HINCRBY', part, 'retry', entries) end

local lost = 0
if held[1] ~= ARGV[6] then
  lost = 1
elseif ARGV[8] == '1' then
  if redis.call('ZREM', KEYS[3], lease) == 1 then
    redis.call('HINCRBY', part, 'done', 1)
    finish(name, run)
  end
else
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', KEYS[3], 'XX', now + tonumber(ARGV[7]), lease)
end
return {lost, clash, redis.call('HGET', tag .. ':run:' .. run, 'halt') or '0', given}
