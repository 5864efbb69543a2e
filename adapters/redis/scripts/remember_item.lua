-- What a notification's item leaves with its readers, for their digests. `tag` is set by the script.
local function or_bits(a, b)
  local words = {}
  for i = 0, 7 do
    local x, y = struct.unpack('<I4', a, i * 4 + 1), struct.unpack('<I4', b, i * 4 + 1)
    words[i + 1] = struct.pack('<I4', bit.bor(x, y) % 4294967296)
  end
  return table.concat(words)
end

-- `at` is cohort:block; both bitmaps have a bit a slot: who had the item, whose quiet hours put it
-- off.
local function remember_item(run, at, had, folded)
  local key = tag .. ':had:' .. at
  local old = redis.call('HGET', key, run)
  if old then
    had, folded = or_bits(string.sub(old, 1, 32), had), or_bits(string.sub(old, 33), folded)
  end
  redis.call('HSET', key, run, had .. folded)
end
