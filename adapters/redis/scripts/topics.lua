-- Who wants a topic at once: kept by write.lua in the step that writes the record. `tag` and
-- decimal() are set by the script.

-- Slots of one block: up to 31 of them a byte each, in no order; from 32 on a bitmap of 32 bytes,
-- bit n of byte n/8 with value 1 << (n % 8), which it stays until it is empty.
local function bitmap_of(list)
  local bytes = {}
  for i = 1, 32 do bytes[i] = 0 end
  for i = 1, #list do
    local slot = string.byte(list, i)
    local at = math.floor(slot / 8) + 1
    bytes[at] = bytes[at] + 2 ^ (slot % 8)
  end
  return string.char(unpack(bytes))
end

local function with_bit(bitmap, slot, is_set)
  local at, value = math.floor(slot / 8) + 1, 2 ^ (slot % 8)
  local byte = string.byte(bitmap, at)
  if (math.floor(byte / value) % 2 == 1) == is_set then return bitmap end
  return string.sub(bitmap, 1, at - 1) .. string.char(byte + (is_set and value or -value)) ..
      string.sub(bitmap, at + 1)
end

local function with_slot(slots, slot)
  if #slots == 32 then return with_bit(slots, slot, true) end
  local byte = string.char(slot)
  if string.find(slots, byte, 1, true) then return slots end
  slots = slots .. byte
  return #slots < 32 and slots or bitmap_of(slots)
end

local nobody = string.rep('\0', 32)
local function without_slot(slots, slot)
  if #slots == 32 then
    slots = with_bit(slots, slot, false)
    return slots ~= nobody and slots or ''
  end
  local at = string.find(slots, string.char(slot), 1, true)
  if not at then return slots end
  return string.sub(slots, 1, at - 1) .. string.sub(slots, at + 1)
end

-- Enters a place under topics (`changed` is with_slot), or strikes it out there (without_slot).
-- `topics`: their numbers, u16 each. A field is what locators of the block have above the slot.
local function index_topics(changed, topics, cohort, number, slot)
  if topics == '' then return end
  local key = tag .. ':t:' .. string.match(cohort, '^[^:]+') .. ':'
  local block = decimal(number * (most_slots / 256) + math.floor(slot / 256))
  for at = 1, #topics, 2 do
    local topic = key .. decimal(struct.unpack('<I2', topics, at))
    local before = redis.call('HGET', topic, block) or ''
    local after = changed(before, slot % 256)
    if after == '' then
      redis.call('HDEL', topic, block)
    elseif after ~= before then
      redis.call('HSET', topic, block, after)
    end
  end
end
