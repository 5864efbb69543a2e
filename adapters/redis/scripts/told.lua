-- What notifications left with the readers of a block: behind its marks, which end at byte 512, per
-- run the length of its id (a byte), the id, and two bitmaps of 32 bytes by slot: who had its item,
-- whose quiet hours put it off.
local marks_end = 512

-- Answer: the offset in the value of the run's bitmaps, and the bitmaps; nil if there are none, and
-- then where the next run goes.
local function find_told(key, run)
  local told = redis.call('GETRANGE', key, marks_end, -1)
  local at = 1
  while at <= #told do
    local length = string.byte(told, at)
    local bits = at + 1 + length
    if string.sub(told, at + 1, bits - 1) == run then
      return marks_end + bits - 1, string.sub(told, bits, bits + 63)
    end
    at = bits + 64
  end
  return nil, marks_end + #told
end

local function add_told(key, at, run, bitmaps)
  redis.call('SETRANGE', key, at, string.char(#run) .. run .. bitmaps)
end
