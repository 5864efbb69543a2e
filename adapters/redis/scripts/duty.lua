-- What open parts still owe to a subscriber who leaves its place, or is to be passed over there
-- from now on. `tag`, `leases`, `retries`, hex() and now() are
-- set by the script.

-- Each part that owes a digest or a notification sets the subscriber's bit and keeps a retry entry
-- by id instead. Where somebody holds the block it may be sending now: the entry is due when the
-- lease ends and goes quietly, because it may be a copy. `w` is the write: cohort, slot, joined,
-- days and devices before it.
-- Answer: the highest date that stays with an open part, 0 if none: no other part may send for it.
local function take_duty(w, mark)
  local last, id = 0, hex(w.id)
  local marked = struct.unpack('<I2', mark)
  for _, open_part in ipairs(parts_of(w.cohort)) do
    local name, number = open_part[1], open_part[2]
    local part, run = tag .. ':p:' .. name, string.match(name, '^[^|]*')
    local block, bit_at = math.floor(w.slot / 256), w.slot % 256
    local p = redis.call('HMGET', part, 'state', 'kind', 'date', 'day', 'blocks', 'b' .. block)
    local digest = p[2] == 'digest'
    local date = digest and tonumber(p[3]) or 0
    local concerned = p[1] == 'open' and number > w.joined and block < tonumber(p[5])
    if digest and concerned then
      concerned = date > marked and math.floor(w.days / 2 ^ tonumber(p[4])) % 2 == 1
    end
    local devices = 0
    for at = 1, #w.devices, 5 do
      local device, joined = struct.unpack('<I1I4', w.devices, at)
      if joined < number then devices = devices + 2 ^ device end
    end
    if concerned and devices > 0 then
      local bits = p[6] or string.rep('\0', 32)
      local at = math.floor(bit_at / 8) + 1
      local byte, value = string.byte(bits, at), 2 ^ (bit_at % 8)
      if math.floor(byte / value) % 2 == 0 then
        bits = string.sub(bits, 1, at - 1) .. string.char(byte + value) .. string.sub(bits, at + 1)
        redis.call('HSET', part, 'b' .. block, bits)
        local held = digest and leases or tag .. ':ls:n'
        local lease = redis.call('ZSCORE', held, name .. '|' .. block)
        local flags = lease and 3 or 2
        local entry = struct.pack('<I4I1I1', devices, 0, flags) .. mark ..
            struct.pack('<I4', w.slot) .. string.char(#w.cohort) .. w.cohort
        redis.call('HSET', tag .. ':rt:' .. run, id, entry)
        redis.call('ZADD', retries, lease or now(), run .. '|' .. id)
        redis.call('HINCRBY', part, 'retry', 1)
        last = math.max(last, date)
      elseif redis.call('HEXISTS', tag .. ':rt:' .. run, id) == 1 then
        last = math.max(last, date)
      end
    end
  end
  return last
end
