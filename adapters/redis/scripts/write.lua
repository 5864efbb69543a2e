-- WRITE: subscribers and token entries of one shard, all or nothing: enrol, change, move and erase
-- are its cases. First everything is compared with what the caller read, then everything is
-- written, so that a call repeated after a time-out is told that the records are others by now.
-- KEYS: seq, open, cn, due, due:date, ls, rt, tok:noted
-- ARGV: tag, seq as the records have it ('' if none does), not after (ms, 0: no limit),
--       number of token entries, number of subscribers,
--       per token entry: bucket, fingerprint, entry before ('' none), entry after, and for the list
--         of entries to be looked after: '+' onto it, '-' off it, '-<ms>' off it if it was put
--         there then and not later, '' as it was
--       per subscriber: id (16 bytes), bucket of its locator,
--         before: cohort ('' if it is new), slot, record as it lies in the block (which knows a
--           check sum of its spill), whether there is a spill ('1' or ''), joined, days, live
--           devices as pairs (number u8, joined u32)
--         after: cohort ('' if it is erased), record, spill, days, number of live devices,
--           duty (1: open parts pass it over from now on), next slot: instant (ms), date
--         topics wanted at once (u16 numbers): those to be struck out at the place before, those to
--           be entered at the place after; where it stays, only what differs
-- Answer: 'ok', now (ms; at least where an entry came onto the list), then per subscriber: slot, mark
--         (2 bytes); or what was not as before:
--         'seq' and the present one, 'token' and its position, 'subscriber' and its position, or
--         'late'
local seq, open, cn, due, dates = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local leases, retries, noted = KEYS[6], KEYS[7], KEYS[8]
local tag, token_count, subscriber_count = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
local present = redis.call('GET', seq)
if not present then return redis.error_reply('REGRESSED the shard has no seq') end

local clock
local function now()
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return clock
end

-- The whole part of a number, for a key, a field or a value. Redis's own way with Lua's numbers takes
-- several times as long.
local function decimal(number)
  return string.format('%d', number)
end

local function hex(bytes)
  return (string.gsub(bytes, '.', function(c) return string.format('%02x', string.byte(c)) end))
end
--@include places
--@include topics
--@include duty
--@include told
--@include had

local tokens, writes = {}, {}
local at = 6
for i = 1, token_count do
  tokens[i] = {key = tag .. ':tok:' .. ARGV[at], field = ARGV[at + 1], before = ARGV[at + 2],
    after = ARGV[at + 3], note = ARGV[at + 4]}
  if tokens[i].note ~= '' then tokens[i].member = ARGV[at] .. ':' .. ARGV[at + 1] end
  at = at + 5
end
for i = 1, subscriber_count do
  local w = {id = ARGV[at], locator = tag .. ':loc:' .. ARGV[at + 1],
    field = string.sub(ARGV[at], 11), cohort = ARGV[at + 2], slot = tonumber(ARGV[at + 3]),
    record = ARGV[at + 4], spill = ARGV[at + 5], joined = tonumber(ARGV[at + 6]),
    days = tonumber(ARGV[at + 7]), devices = ARGV[at + 8], new_cohort = ARGV[at + 9],
    new_record = ARGV[at + 10], new_spill = ARGV[at + 11], new_days = tonumber(ARGV[at + 12]),
    new_live = tonumber(ARGV[at + 13]), duty = ARGV[at + 14] == '1',
    due_at = ARGV[at + 15], due_date = ARGV[at + 16], topics_off = ARGV[at + 17],
    topics_on = ARGV[at + 18]}
  w.live = #w.devices / 5
  writes[i] = w
  at = at + 19
end

local function records_of(cohort, slot)
  return tag .. ':r:' .. cohort .. ':' .. decimal(slot / 256)
end

local function spill_of(w)
  return tag .. ':x:' .. hex(w.id)
end

local function as_before(w)
  local locator = redis.call('HGET', w.locator, w.field)
  if w.cohort == '' then return not locator end
  local number = redis.call('HGET', cn, '=' .. w.cohort)
  if not locator or not number then return false end
  w.number = tonumber(number)
  if locator ~= locator_of(number, w.slot) then return false end
  return redis.call('HGET', records_of(w.cohort, w.slot), decimal(w.slot % 256)) == w.record
end

for i, w in ipairs(writes) do
  if not as_before(w) then return {'subscriber', i - 1} end
  if w.new_cohort ~= w.cohort and is_full(w.new_cohort) then
    return redis.error_reply('FULL no slot is left for the cohort in this shard')
  end
end
for i, t in ipairs(tokens) do
  if (redis.call('HGET', t.key, t.field) or '') ~= t.before then return {'token', i - 1} end
  if #t.note > 1 and redis.call('ZSCORE', noted, t.member) ~= string.sub(t.note, 2) then
    return {'token', i - 1}
  end
end
if ARGV[2] ~= '' and ARGV[2] ~= present then return {'seq', present} end
if ARGV[3] ~= '0' and now() > tonumber(ARGV[3]) then return {'late'} end

for _, t in ipairs(tokens) do
  if t.after == '' then
    redis.call('HDEL', t.key, t.field)
  elseif t.after ~= t.before then
    redis.call('HSET', t.key, t.field, t.after)
  end
  local sign = string.sub(t.note, 1, 1)
  if sign == '+' then redis.call('ZADD', noted, now(), t.member) end
  if sign == '-' then redis.call('ZREM', noted, t.member) end
end

local function keep_record(w, slot)
  redis.call('HSET', records_of(w.new_cohort, slot), decimal(slot % 256), w.new_record)
  if w.new_spill ~= '' then
    redis.call('SET', spill_of(w), w.new_spill)
  elseif w.spill ~= '' then
    redis.call('DEL', spill_of(w))
  end
end

local function settle_in(w, mark)
  local number, is_new = number_of(w.new_cohort)
  local slot = take_slot(w.new_cohort, mark)
  keep_record(w, slot)
  redis.call('HSET', w.locator, w.field, locator_of(number, slot))
  count_devices(w.new_cohort, w.new_days, w.new_live)
  index_topics(with_slot, w.topics_on, w.new_cohort, number, slot)
  if is_new then
    redis.call('ZADD', due, w.due_at, w.new_cohort)
    redis.call('HSET', dates, w.new_cohort, w.due_date)
  end
  return slot
end

local function leave(w)
  redis.call('HDEL', records_of(w.cohort, w.slot), decimal(w.slot % 256))
  count_devices(w.cohort, w.days, -w.live)
  w.had = take_had(w.cohort, w.slot)
  index_topics(without_slot, w.topics_off, w.cohort, w.number, w.slot)
  free_slot(w.cohort, w.slot)
end

local function apply(w)
  if w.cohort == '' then return settle_in(w, no_mark), no_mark end
  local mark = mark_of(w.cohort, w.slot)
  local taken = 0
  if w.duty then taken = take_duty(w, mark) end
  if w.new_cohort == '' then
    leave(w)
    redis.call('HDEL', w.locator, w.field)
    if w.spill ~= '' then redis.call('DEL', spill_of(w)) end
    return 0, no_mark
  end
  if w.new_cohort == w.cohort then
    if w.days ~= w.new_days or w.live ~= w.new_live then
      count_devices(w.cohort, w.days, -w.live)
      count_devices(w.cohort, w.new_days, w.new_live)
    end
    index_topics(without_slot, w.topics_off, w.cohort, w.number, w.slot)
    index_topics(with_slot, w.topics_on, w.cohort, w.number, w.slot)
    keep_record(w, w.slot)
    return w.slot, mark
  end
  if taken > struct.unpack('<I2', mark) then mark = struct.pack('<I2', taken) end
  leave(w)
  local slot = settle_in(w, mark)
  put_had(w.new_cohort, slot, w.had)
  return slot, mark
end

local answer = {'ok', '0'}
for _, w in ipairs(writes) do
  local slot, mark = apply(w)
  answer[#answer + 1] = slot
  answer[#answer + 1] = mark
end
keep_counters()
if clock then answer[2] = decimal(clock) end
return answer
