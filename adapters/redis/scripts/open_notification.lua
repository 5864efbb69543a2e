-- OPEN: one notification run in one shard, in one step: a part for each cohort of the app, which is
-- walked, or one for a list of ids. Repeating it changes nothing.
-- KEYS: seq, open, todo:n, run, cn
-- ARGV: tag, run, app, at, deadline, kept for (s), halt, devices and blocks of the list or 'walk',
--       the key of the list's blocks, which becomes the run's
-- Answer: parts opened
local seq, open, todo, run, cn = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local tag, id, app, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < tonumber(at) then return redis.error_reply('EARLY not due on this clock') end
local listed = ARGV[8] ~= 'walk'
if redis.call('EXISTS', run) == 1 then
  if listed then redis.call('DEL', ARGV[10]) end
  return 0
end
redis.call('HSET', run, 'state', 'open', 'app', app, 'parts', 0, 'eligible', 0, 'pending', 0,
  'halt', ARGV[7])
local opened = 0

local function open_part(cohort, kind, eligible, blocks)
  if eligible == 0 or blocks == 0 then return end
  local name = id .. '|' .. cohort
  local number = redis.call('INCR', seq)
  redis.call('HSET', tag .. ':p:' .. name, 'state', 'open', 'kind', kind, 'seq', number, 'date', 0,
    'day', 0, 'at', at, 'deadline', ARGV[5], 'blocks', blocks, 'next', 0, 'done', 0, 'retry', 0,
    'eligible', eligible, 'pending', eligible)
  redis.call('ZADD', open, number, name)
  redis.call('ZADD', todo, at, name)
  redis.call('HINCRBY', run, 'parts', 1)
  redis.call('HINCRBY', run, 'eligible', eligible)
  redis.call('HINCRBY', run, 'pending', eligible)
  opened = opened + 1
end

if listed then
  if tonumber(ARGV[9]) > 0 then redis.call('RENAME', ARGV[10], tag .. ':ids:' .. id) end
  open_part(app .. ':#', 'list', tonumber(ARGV[8]), tonumber(ARGV[9]))
else
  local head = '=' .. app .. ':'
  for _, field in ipairs(redis.call('HKEYS', cn)) do
    if string.sub(field, 1, #head) == head then
      local cohort = string.sub(field, 2)
      local of = redis.call('HMGET', tag .. ':co:' .. cohort, 'next', 'live')
      open_part(cohort, 'walk', tonumber(of[2] or 0), math.ceil(tonumber(of[1] or 0) / 256))
    end
  end
end
if opened == 0 then
  redis.call('HSET', run, 'state', 'done')
  redis.call('EXPIRE', run, ARGV[6])
end
return opened
