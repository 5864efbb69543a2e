-- What notifications left at a subscriber's place goes along with a move, and is not left to whoever
-- comes there next. `tag` is set by the script, which includes told.

local function told_key(cohort, slot)
  return tag .. ':m:' .. cohort .. ':' .. math.floor(slot / 256)
end

-- Which byte of a bitmap a slot's bit is in, and its value there.
local function had_bit(slot)
  return math.floor(slot % 256 / 8) + 1, 2 ^ (slot % 8)
end

-- Clears the place. Answer: run, offset of its bitmap (0 had the item, 32 put off), … of what was
-- there.
local function take_had(cohort, slot)
  local key, taken = told_key(cohort, slot), {}
  local at, value = had_bit(slot)
  local told = redis.call('GETRANGE', key, marks_end, -1)
  local entry = 1
  while entry <= #told do
    local length = string.byte(told, entry)
    local bits = entry + 1 + length
    for offset = 0, 32, 32 do
      local place = bits + offset + at - 1
      local byte = string.byte(told, place)
      if math.floor(byte / value) % 2 == 1 then
        redis.call('SETRANGE', key, marks_end + place - 1, string.char(byte - value))
        taken[#taken + 1], taken[#taken + 2] = string.sub(told, entry + 1, bits - 1), offset
      end
    end
    entry = bits + 64
  end
  return taken
end

local function put_had(cohort, slot, taken)
  local key = told_key(cohort, slot)
  local at, value = had_bit(slot)
  for i = 1, #taken, 2 do
    local run, offset = taken[i], taken[i + 1]
    local place, bits = find_told(key, run)
    if not place then
      local where = bits
      add_told(key, where, run, string.rep('\0', 64))
      place, bits = where + 1 + #run, string.rep('\0', 64)
    end
    local byte = string.byte(bits, offset + at)
    if math.floor(byte / value) % 2 == 0 then
      redis.call('SETRANGE', key, place + offset + at - 1, string.char(byte + value))
    end
  end
end
