-- OPEN: one notification run in one shard, in one step: a part for each cohort of the app, which is
-- walked, or one for a list of ids. Repeating it changes nothing.
-- KEYS: seq, open, todo:n, run, cn
-- ARGV: tag, run, app, at, deadline, kept for (s), halt, devices and blocks of the list or 'walk',
--       the key of the list's blocks, which becomes the run's
-- Answer: parts opened
local seq, open, todo, run, cn = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local tag, id, app, at, deadline = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
--@include openings
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
local openings = {}
local function add(cohort, kind, devices, blocks)
  if devices == 0 or blocks == 0 then return end
  openings[#openings + 1] = {cohort = cohort, kind = kind, date = 0, day = 0, blocks = blocks,
    devices = devices}
end

if listed then
  if tonumber(ARGV[9]) > 0 then redis.call('RENAME', ARGV[10], tag .. ':ids:' .. id) end
  add(app .. ':#', 'list', tonumber(ARGV[8]), tonumber(ARGV[9]))
else
  local head = '=' .. app .. ':'
  for _, field in ipairs(redis.call('HKEYS', cn)) do
    if string.sub(field, 1, #head) == head then
      local cohort = string.sub(field, 2)
      local of = redis.call('HMGET', tag .. ':co:' .. cohort, 'next', 'live')
      add(cohort, 'walk', tonumber(of[2] or 0), math.ceil(tonumber(of[1] or 0) / 256))
    end
  end
end
open_parts(openings, at)
if #openings == 0 then
  redis.call('HSET', run, 'state', 'done')
  redis.call('EXPIRE', run, ARGV[6])
end
return #openings
