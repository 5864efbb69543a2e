-- What a notification's item leaves with its readers, for their digests. `tag` is set by the script,
-- which includes told.

-- Of two bitmaps of one length, a multiple of four bytes: the bits of either, and whether they share any.
local function both(a, b)
  local n = #a / 4
  local words = '<' .. string.rep('i4', n)
  local x, y, any = {struct.unpack(words, a)}, {struct.unpack(words, b)}, false
  for i = 1, n do
    any = any or bit.band(x[i], y[i]) ~= 0
    x[i] = bit.bor(x[i], y[i])
  end
  return struct.pack(words, unpack(x, 1, n)), any
end

-- `at` is cohort:block; both bitmaps have a bit a slot: who had the item, whose quiet hours put it
-- off.
local function remember_item(run, at, had, folded)
  local key, bitmaps = tag .. ':m:' .. at, had .. folded
  local place, old = find_told(key, run)
  if place then
    redis.call('SETRANGE', key, place, (both(old, bitmaps)))
  else
    add_told(key, old, run, bitmaps)
  end
end
