-- What notifications left at a subscriber's place (had:<cohort>:<block>) goes along with a move, and
-- is not left to whoever comes there next. `tag` is set by the script.

local function had_key(cohort, slot)
  return tag .. ':had:' .. cohort .. ':' .. math.floor(slot / 256)
end

-- Which byte of a pair of bitmaps a slot's bit is in, and its value there.
local function had_bit(slot)
  return math.floor(slot % 256 / 8) + 1, 2 ^ (slot % 8)
end

-- Clears the place. Answer: run, offset of its bitmap (0 had the item, 32 put off), … of what was
-- there.
local function take_had(cohort, slot)
  local key, taken = had_key(cohort, slot), {}
  local at, value = had_bit(slot)
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local run, bits = all[i], all[i + 1]
    local left = bits
    for offset = 0, 32, 32 do
      local byte = string.byte(left, at + offset)
      if math.floor(byte / value) % 2 == 1 then
        left = string.sub(left, 1, at + offset - 1) .. string.char(byte - value) ..
            string.sub(left, at + offset + 1)
        taken[#taken + 1], taken[#taken + 2] = run, offset
      end
    end
    if left == string.rep('\0', 64) then
      redis.call('HDEL', key, run)
    elseif left ~= bits then
      redis.call('HSET', key, run, left)
    end
  end
  return taken
end

local function put_had(cohort, slot, taken)
  local key = had_key(cohort, slot)
  local at, value = had_bit(slot)
  for i = 1, #taken, 2 do
    local bits = redis.call('HGET', key, taken[i]) or string.rep('\0', 64)
    local place = at + taken[i + 1]
    local byte = string.byte(bits, place)
    if math.floor(byte / value) % 2 == 0 then
      redis.call('HSET', key, taken[i], string.sub(bits, 1, place - 1) ..
        string.char(byte + value) .. string.sub(bits, place + 1))
    end
  end
end
