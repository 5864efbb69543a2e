-- What write.lua needs of cohorts and their slots. `tag` and the keys seq, open, cn, due and dates
-- are set by the script.
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

local function number_of(cohort)
  local number = redis.call('HGET', cn, '=' .. cohort)
  if not number then
    number = redis.call('HINCRBY', cn, 'next', 1)
    redis.call('HSET', cn, number, cohort, '=' .. cohort, number)
    redis.call('HSET', tag .. ':co:' .. cohort, 'n', number)
  end
  return tonumber(number)
end

-- A locator is one number, which a listpack keeps in five bytes where it is below 2^31.
local most_slots = 4194304
local function locator_of(number, slot)
  return string.format('%.0f', number * most_slots + slot)
end

local function is_full(cohort)
  local given = redis.call('HGET', tag .. ':co:' .. cohort, 'next')
  return given and tonumber(given) >= most_slots
end

local function set_mark(cohort, slot, mark)
  local key = tag .. ':m:' .. cohort .. ':' .. math.floor(slot / 256)
  local at = slot % 256 * 2
  if mark ~= '\0\0' or redis.call('STRLEN', key) > at then
    redis.call('SETRANGE', key, at, mark)
  end
end

local function mark_of(cohort, slot)
  local key = tag .. ':m:' .. cohort .. ':' .. math.floor(slot / 256)
  local mark = redis.call('GETRANGE', key, slot % 256 * 2, slot % 256 * 2 + 1)
  if #mark < 2 then mark = mark .. string.rep('\0', 2 - #mark) end
  return mark
end

-- A slot that no part opened before it was freed can still write to. Whatever a late commit of such
-- a part left there is overwritten by the newcomer's own mark.
local function take_slot(cohort, mark)
  local before = '+inf'
  for _, part in ipairs(parts_of(cohort)) do
    if before == '+inf' or part[2] < before then before = part[2] end
  end
  if before ~= '+inf' then before = '(' .. before end
  local free = tag .. ':free:' .. cohort
  local slot = redis.call('ZRANGEBYSCORE', free, '-inf', before, 'LIMIT', 0, 1)[1]
  if slot then
    redis.call('ZREM', free, slot)
  else
    slot = redis.call('HINCRBY', tag .. ':co:' .. cohort, 'next', 1) - 1
  end
  slot = tonumber(slot)
  set_mark(cohort, slot, mark)
  return slot
end

-- A cohort that nobody is in leaves nothing behind, or a subscriber who tries every hour of every
-- zone would fill the memory. While a part of it is open it stays: its slots and bits are in use.
local function tidy(cohort)
  if #parts_of(cohort) > 0 then return end
  local co = tag .. ':co:' .. cohort
  local of = redis.call('HMGET', co, 'next', 'n')
  for block = 0, math.ceil(tonumber(of[1] or 0) / 256) - 1 do
    redis.call('DEL', tag .. ':m:' .. cohort .. ':' .. block)
  end
  redis.call('DEL', co, tag .. ':free:' .. cohort)
  redis.call('HDEL', cn, of[2] or '', '=' .. cohort)
  redis.call('ZREM', due, cohort)
  redis.call('HDEL', dates, cohort)
end

local function free_slot(cohort, slot)
  redis.call('ZADD', tag .. ':free:' .. cohort, redis.call('GET', seq), slot)
  set_mark(cohort, slot, '\0\0')
  if redis.call('HINCRBY', tag .. ':co:' .. cohort, 'subs', -1) <= 0 then tidy(cohort) end
end

-- Live devices, all and by weekday: `days` is a mask, bit 0 is Monday.
local function count_devices(cohort, days, devices)
  if devices == 0 then return end
  redis.call('HINCRBY', tag .. ':co:' .. cohort, 'live', devices)
  for day = 0, 6 do
    if math.floor(days / 2 ^ day) % 2 == 1 then
      redis.call('HINCRBY', tag .. ':co:' .. cohort, 'd' .. day, devices)
    end
  end
end
