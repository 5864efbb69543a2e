-- What open and open_notification share: the parts of one run in one shard, opened together. `tag`,
-- `id`, `at` and `deadline` of the run, and the keys seq, open, todo and run are set by the script.

-- Lua puts no more than some 8,000 arguments into one call.
local function in_few_calls(command, key, values)
  for from = 1, #values, 4000 do
    redis.call(command, key, unpack(values, from, math.min(from + 3999, #values)))
  end
end

local function part_key(cohort) return tag .. ':p:' .. id .. '|' .. cohort end

-- `all`: of each part cohort, kind, date, day, blocks, devices. `from`: not claimed before (ms).
local function open_parts(all, from)
  if #all == 0 then return end
  local before = redis.call('INCRBY', seq, #all) - #all
  local numbers, starts, devices = {}, {}, 0
  for i, p in ipairs(all) do
    local name = id .. '|' .. p.cohort
    redis.call('HSET', part_key(p.cohort), 'state', 'open', 'kind', p.kind, 'seq', before + i,
      'date', p.date, 'day', p.day, 'at', at, 'deadline', deadline, 'blocks', p.blocks, 'next', 0,
      'done', 0, 'retry', 0, 'eligible', p.devices, 'pending', p.devices)
    numbers[#numbers + 1], numbers[#numbers + 2] = before + i, name
    starts[#starts + 1], starts[#starts + 2] = from, name
    devices = devices + p.devices
  end
  in_few_calls('ZADD', open, numbers)
  in_few_calls('ZADD', todo, starts)
  local counted = redis.call('HMGET', run, 'parts', 'eligible', 'pending')
  redis.call('HSET', run, 'state', 'open', 'parts', counted[1] + #all,
    'eligible', counted[2] + devices, 'pending', counted[3] + devices)
end
