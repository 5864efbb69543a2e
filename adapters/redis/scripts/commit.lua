-- COMMIT: settles slots of some blocks of one shard and lane, and renews or ends their leases. Effects
-- belong to whoever flips a slot's bit, so a repeated or a stale commit counts nothing twice; a stale
-- holder's truth is taken. Nothing is changed if the part of any of them is missing.
-- KEYS: ls (of the lane)
-- ARGV: tag, kept for (s), lease (ms), reason names, then for each block, those of a part one after the
--       other:
--         run, run|cohort, block, epoch, last (0/1), bitmap of the slots given (32 bytes),
--         totals "accepted rejected expired retries excluded" and skips as "reason=n …" (for when all
--           flip),
--         slots: 9 bytes each: slot, accepted, rejected, expired, skipped, reason, why or 255,
--           retry 0/1, excluded
--         marks: pairs of bytes (first slot, last slot) of those accepted, date (2 bytes, little-endian)
--         whether any why is given ('w' or ''), number of blocks of which readers had or put off the
--           notification's item, number of slots to be retried,
--         of each such block cohort:block, two bitmaps of 32 bytes; of each such slot: slot,
--           subscriber id (hex), entry, due (ms)
-- Answer: for each block: lease lost (0/1), bitmap of the slots that were settled before, halt of the
--         run, bitmap of the slots that are settled now
local tag, kept, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local byte, sub, rep = string.byte, string.sub, string.rep
--@include settle
--@include told
--@include remember_item
local groups = {}  -- blocks by part
local at = 5
while at <= #ARGV do
  local items_at = at + 13
  local retries_at = items_at + 3 * ARGV[at + 11]
  local b = {run = ARGV[at], name = ARGV[at + 1], block = ARGV[at + 2], epoch = ARGV[at + 3],
    last = ARGV[at + 4] == '1', given = ARGV[at + 5], totals = ARGV[at + 6], skips = ARGV[at + 7],
    slots = ARGV[at + 8], marks = ARGV[at + 9], any_why = #ARGV[at + 10] > 0,
    items_at = items_at, retries_at = retries_at, stop = retries_at + 4 * ARGV[at + 12]}
  local group = groups[#groups]
  if not group or group[1].name ~= b.name then
    group = {}
    groups[#groups + 1] = group
  end
  group[#group + 1] = b
  at = b.stop
end
for _, group in ipairs(groups) do
  local fields = {}
  for _, b in ipairs(group) do
    fields[#fields + 1], fields[#fields + 2] = 'e' .. b.block, 'b' .. b.block
    if b.any_why then fields[#fields + 1] = 'w' .. b.block end
  end
  group.part = read_part(group[1].name, fields)
  if not group.part then return redis.error_reply('REGRESSED a part is missing') end
end

-- `clash`: the bits that were set before, where any slot given is among them; else empty.
local function was_set(clash, slot)
  if clash == '' then return false end
  local eight = byte(clash, math.floor(slot / 8) + 1)
  return bit.band(eight, bit.lshift(1, slot % 8)) ~= 0
end

local function count_all(p, b)
  local acc, rej, exp, ret, exc = string.match(b.totals, '(%d+) (%d+) (%d+) (%d+) (%d+)')
  exclude(p, b.run, tonumber(exc))
  count(b.run, 'accepted', tonumber(acc))
  count(b.run, 'rejected', tonumber(rej))
  count(b.run, 'expired', tonumber(exp))
  count(b.run, 'retries', tonumber(ret))
  local settled = acc + rej + exp
  for reason, n in string.gmatch(b.skips, '([%w_]+)=(%d+)') do
    count(b.run, 's:' .. reason, tonumber(n))
    settled = settled + n
  end
  settle(p, b.run, settled)
end

local function count_each(p, b)
  local reasons = {}
  for reason in string.gmatch(ARGV[4], '[%w_]+') do reasons[#reasons + 1] = reason end
  for from = 1, #b.slots, 9 do
    local slot, acc, rej, exp, skip, reason, _, retry, exc = byte(b.slots, from, from + 8)
    if not was_set(b.clash, slot) then
      count(b.run, 'accepted', acc)
      count(b.run, 'rejected', rej)
      count(b.run, 'expired', exp)
      count(b.run, 's:' .. (reasons[reason + 1] or 'gone'), skip)
      count(b.run, 'retries', retry)
      exclude(p, b.run, exc)
      settle(p, b.run, acc + rej + exp + skip)
    end
  end
end

local function keep_why(p, b)
  local why = {}
  for from = 1, #b.slots, 9 do
    local slot, code = byte(b.slots, from), byte(b.slots, from + 6)
    if code ~= 255 and not was_set(b.clash, slot) then why[#why + 1] = string.char(slot, code) end
  end
  remember_why(p, 'w' .. b.block, table.concat(why))
end

-- A slot whose bit somebody else had set keeps the mark that they gave it.
local function keep_marks(b)
  local marks = b.marks
  if #marks <= 2 then return end
  local date = sub(marks, -2)
  local key = tag .. ':m:' .. string.match(b.name, '|(.*)$') .. ':' .. b.block
  if b.clash ~= '' then
    for from = 1, #marks - 2, 2 do
      local first, last = byte(marks, from, from + 1)
      for slot = first, last do
        if not was_set(b.clash, slot) then redis.call('SETRANGE', key, slot * 2, date) end
      end
    end
    return
  end
  -- One write, however many ranges: two gateways seldom answer in the order of the slots.
  local first, last = byte(marks, 1, 2)
  local begin, pieces, n = first * 2, {rep(date, last - first + 1)}, 1
  if #marks > 4 then
    local stop = byte(marks, -3) * 2 + 2
    local before = redis.call('GETRANGE', key, begin, stop - 1)
    before = before .. rep('\0', stop - begin - #before)
    local read = last * 2 + 3 - begin
    for from = 3, #marks - 2, 2 do
      first, last = byte(marks, from, from + 1)
      pieces[n + 1] = sub(before, read, first * 2 - begin)
      pieces[n + 2] = first == last and date or rep(date, last - first + 1)
      n = n + 2
      read = last * 2 + 3 - begin
    end
  end
  redis.call('SETRANGE', key, begin, table.concat(pieces))
end

local function keep_retries(p, b, held_until)
  for i = b.retries_at, b.stop - 1, 4 do
    if not was_set(b.clash, tonumber(ARGV[i])) then
      local id, entry, due = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
      if held_until then
        local flags = byte(entry, 6)  -- 1 ambiguous
        entry = sub(entry, 1, 5) .. string.char(flags + 1 - flags % 2) .. sub(entry, 7)
        if tonumber(held_until) > tonumber(due) then due = held_until end
      end
      redis.call('HSET', tag .. ':rt:' .. b.run, id, entry)
      redis.call('ZADD', tag .. ':rt', due, b.run .. '|' .. id)
      p.retry = p.retry + 1
    end
  end
end

local renewed = {}
for _, group in ipairs(groups) do
  local p = group.part
  -- A part that is done has counted everybody, who was not met as gone, and its slots may be
  -- somebody else's by now: a late truth changes nothing.
  local open = p.state == 'open'
  local ended = {}
  for _, b in ipairs(group) do
    b.lost = p.more['e' .. b.block] ~= b.epoch
    b.clash, b.now = '', ''
  end
  for _, b in ipairs(open and group or {}) do
    local bits = 'b' .. b.block
    local before = p.more[bits]
    b.now = b.given
    if before then
      local any
      b.now, any = both(before, b.given)
      if any then b.clash = before end
    end
    set(p, bits, b.now)  -- a block that stands here twice meets its own bits
    if b.clash == '' then count_all(p, b) else count_each(p, b) end
    if b.any_why then keep_why(p, b) end
    keep_marks(b)
    -- Whoever had the item had it, whether or not somebody else settled the slot.
    for k = b.items_at, b.retries_at - 1, 3 do
      remember_item(b.run, ARGV[k], ARGV[k + 1], ARGV[k + 2])
    end
    -- Somebody else holds a lost block by now and may have sent to whoever a stale holder leaves to be
    -- tried again: quietly, and not before the holder knows of it or has lost the block.
    local member = b.name .. '|' .. b.block
    if b.stop > b.retries_at then
      keep_retries(p, b, b.lost and redis.call('ZSCORE', KEYS[1], member))
    end
    if not b.lost then
      local list = b.last and ended or renewed
      list[#list + 1] = member
    end
  end
  if #ended > 0 then
    local removed = redis.call('ZREM', KEYS[1], unpack(ended))
    p.done = p.done + removed
    if removed > 0 then finish(p, group[1].run) end
  end
end
keep_parts()
if #renewed > 0 then
  local time = redis.call('TIME')
  local until_then = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000) + lease)
  local leases = {}
  for _, member in ipairs(renewed) do
    leases[#leases + 1], leases[#leases + 2] = until_then, member
  end
  redis.call('ZADD', KEYS[1], 'XX', unpack(leases))
end

local answer = {}
for _, group in ipairs(groups) do
  for _, b in ipairs(group) do
    local n = #answer
    answer[n + 1], answer[n + 2] = b.lost and 1 or 0, b.clash
    answer[n + 3], answer[n + 4] = b.now ~= '' and run_of(b.run).halt or '0', b.now
  end
end
return answer
