-- What a notification's item leaves with its readers, for their digests. `tag` is set by the script,
-- which includes told.
local function or_bits(a, b)
  local words = {}
  for i = 0, 15 do
    local x, y = struct.unpack('<I4', a, i * 4 + 1), struct.unpack('<I4', b, i * 4 + 1)
    words[i + 1] = struct.pack('<I4', bit.bor(x, y) % 4294967296)
  end
  return table.concat(words)
end

-- `at` is cohort:block; both bitmaps have a bit a slot: who had the item, whose quiet hours put it
-- off.
local function remember_item(run, at, had, folded)
  local key, bitmaps = tag .. ':m:' .. at, had .. folded
  local place, old = find_told(key, run)
  if place then
    redis.call('SETRANGE', key, place, or_bits(old, bitmaps))
  else
    add_told(key, old, run, bitmaps)
  end
end
