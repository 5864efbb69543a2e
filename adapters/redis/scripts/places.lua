-- What write.lua needs of cohorts and their slots. `tag`, `present` (the shard's seq), decimal() and
-- the keys open, cn, due and dates are set by the script.
local open_parts
-- The open parts of a cohort: name, seq, …
local function parts_of(cohort)
  open_parts = open_parts or redis.call('ZRANGE', open, 0, -1, 'WITHSCORES')
  local tail = '|' .. cohort
  local found = {}
  for i = 1, #open_parts, 2 do
    if string.sub(open_parts[i], -#tail) == tail then
      found[#found + 1] = {open_parts[i], tonumber(open_parts[i + 1])}
    end
  end
  return found
end

-- What `co` keeps of a cohort, read once and written back by keep_counters().
local counter_names = {'n', 'next', 'subs', 'live', 'd0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6'}
local counters = {}
local function counters_of(cohort)
  local c = counters[cohort]
  if c then return c end
  c = {kept = redis.call('HMGET', tag .. ':co:' .. cohort, unpack(counter_names))}
  for i, name in ipairs(counter_names) do c[name] = tonumber(c.kept[i] or 0) end
  counters[cohort] = c
  return c
end

local function keep_counters()
  for cohort, c in pairs(counters) do
    local changes = {}
    for i, name in ipairs(counter_names) do
      if c[name] ~= tonumber(c.kept[i] or 0) then
        changes[#changes + 1], changes[#changes + 2] = name, decimal(c[name])
      end
    end
    if #changes > 0 then redis.call('HSET', tag .. ':co:' .. cohort, unpack(changes)) end
  end
end

-- The cohort's number, and whether it is new to the shard.
local function number_of(cohort)
  local c = counters_of(cohort)
  if c.n > 0 then return c.n, false end
  c.n = redis.call('HINCRBY', cn, 'next', 1)
  redis.call('HSET', cn, decimal(c.n), cohort, '=' .. cohort, decimal(c.n))
  return c.n, true
end

-- A locator is one number, which a listpack keeps in five bytes where it is below 2^31.
local most_slots = 4194304
local function locator_of(number, slot)
  return decimal(number * most_slots + slot)
end

local function is_full(cohort)
  return counters_of(cohort).next >= most_slots
end

local no_mark = '\0\0'
local function set_mark(cohort, slot, mark)
  local key = tag .. ':m:' .. cohort .. ':' .. decimal(slot / 256)
  local at = slot % 256 * 2
  if mark ~= no_mark or redis.call('STRLEN', key) > at then
    redis.call('SETRANGE', key, decimal(at), mark)
  end
end

local function mark_of(cohort, slot)
  local key = tag .. ':m:' .. cohort .. ':' .. decimal(slot / 256)
  local at = slot % 256 * 2
  local mark = redis.call('GETRANGE', key, decimal(at), decimal(at + 1))
  if #mark < 2 then mark = mark .. string.rep('\0', 2 - #mark) end
  return mark
end

-- A slot that somebody left. A part that was opened before can still write to it: whatever a late
-- commit of one leaves there is overwritten by the newcomer's own mark.
local function left_slot(cohort, mark)
  local before = '+inf'
  for _, part in ipairs(parts_of(cohort)) do
    if before == '+inf' or part[2] < before then before = part[2] end
  end
  if before ~= '+inf' then before = '(' .. before end
  local free = tag .. ':free:' .. cohort
  local slot = redis.call('ZRANGEBYSCORE', free, '-inf', before, 'LIMIT', 0, 1)[1]
  if not slot then return nil end
  redis.call('ZREM', free, slot)
  slot = tonumber(slot)
  set_mark(cohort, slot, mark)
  return slot
end

local function take_slot(cohort, mark)
  local c = counters_of(cohort)
  -- Of the slots given out somebody has left as many as there are more than subscribers.
  local slot = c.next > c.subs and left_slot(cohort, mark)
  if not slot then
    slot = c.next
    c.next = c.next + 1
    if mark ~= no_mark then set_mark(cohort, slot, mark) end
  end
  c.subs = c.subs + 1
  return slot
end

-- A cohort that nobody is in leaves nothing behind, or a subscriber who tries every hour of every
-- zone would fill the memory. While a part of it is open it stays: its slots and bits are in use.
local function tidy(cohort)
  if #parts_of(cohort) > 0 then return end
  local c = counters_of(cohort)
  for block = 0, math.ceil(c.next / 256) - 1 do
    redis.call('DEL', tag .. ':m:' .. cohort .. ':' .. decimal(block))
  end
  redis.call('DEL', tag .. ':co:' .. cohort, tag .. ':free:' .. cohort)
  redis.call('HDEL', cn, decimal(c.n), '=' .. cohort)
  redis.call('ZREM', due, cohort)
  redis.call('HDEL', dates, cohort)
  counters[cohort] = nil
end

local function free_slot(cohort, slot)
  redis.call('ZADD', tag .. ':free:' .. cohort, present, decimal(slot))
  set_mark(cohort, slot, no_mark)
  local c = counters_of(cohort)
  c.subs = c.subs - 1
  if c.subs <= 0 then tidy(cohort) end
end

-- Live devices, all and by weekday: `days` is a mask, bit 0 is Monday.
local function count_devices(cohort, days, devices)
  local c = counters_of(cohort)
  c.live = c.live + devices
  for day = 0, 6 do
    if bit.band(days, bit.lshift(1, day)) ~= 0 then
      local name = counter_names[5 + day]
      c[name] = c[name] + devices
    end
  end
end
