-- OPEN: all parts of one digest run in one shard, in one step; advances the cohorts' due instants.
-- Repeating it changes nothing: a cohort whose due instant is not `at` any more is passed over.
-- Answer: parts opened, or -1: others are due at the same instant.
-- KEYS: due, due:date, seq, open, todo, run
-- ARGV: tag, run, app, at, deadline, claims from, kept for (s),
--       then for each cohort: cohort, date, weekday, next at, next date
local due, dates, seq, open, todo, run = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local tag, id, app, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < tonumber(at) then return redis.error_reply('EARLY not due on this clock') end
if redis.call('EXISTS', run) == 0 then
  redis.call('HSET', run, 'state', 'opening', 'app', app, 'parts', 0, 'eligible', 0, 'pending', 0)
end
-- A cohort that came to be while the minute ended may fall due at an instant that this shard is done
-- with: it is advanced, and served next time.
local closed = redis.call('HGET', run, 'state') == 'done'
local opened, devices = 0, 0
for i = 8, #ARGV, 5 do
  local cohort, next_at = ARGV[i], tonumber(ARGV[i + 3])
  local score = redis.call('ZSCORE', due, cohort)
  if score and tonumber(score) == tonumber(at) then
    local part = tag .. ':p:' .. id .. '|' .. cohort
    local counts = redis.call('HMGET', tag .. ':co:' .. cohort, 'next', 'd' .. ARGV[i + 2])
    local eligible = tonumber(counts[2] or 0)
    if not closed and eligible > 0 and redis.call('EXISTS', part) == 0 then
      local number = redis.call('INCR', seq)
      redis.call('HSET', part, 'state', 'open', 'kind', 'digest', 'seq', number,
        'date', ARGV[i + 1], 'day', ARGV[i + 2], 'at', at, 'deadline', ARGV[5],
        'blocks', math.ceil(tonumber(counts[1] or 0) / 256), 'next', 0, 'done', 0, 'retry', 0,
        'eligible', eligible, 'pending', eligible)
      redis.call('ZADD', open, number, id .. '|' .. cohort)
      redis.call('ZADD', todo, ARGV[6], id .. '|' .. cohort)
      opened = opened + 1
      devices = devices + eligible
    end
    -- A cohort's due instant only rises.
    if next_at > tonumber(at) then
      redis.call('ZADD', due, next_at, cohort)
      redis.call('HSET', dates, cohort, ARGV[i + 4])
    end
  end
end
if opened > 0 then
  local before = redis.call('HMGET', run, 'parts', 'eligible', 'pending')
  redis.call('HSET', run, 'state', 'open', 'parts', before[1] + opened,
    'eligible', before[2] + devices, 'pending', before[3] + devices)
end
-- Whoever is due at this instant and was not named, because the caller looked a moment too early, has
-- to be opened before this shard can be done with the run.
for _, cohort in ipairs(redis.call('ZRANGEBYSCORE', due, at, at)) do
  if string.sub(cohort, 1, #app + 1) == app .. ':' then return -1 end
end
if not closed and tonumber(redis.call('HGET', run, 'parts')) == 0 then
  redis.call('HSET', run, 'state', 'done')
  redis.call('EXPIRE', run, ARGV[7])
end
return opened
