-- OPEN: all parts of one digest run in one shard, in one step; advances the cohorts' due instants.
-- Repeating it changes nothing: a cohort whose due instant is not `at` any more is passed over.
-- Answer: parts opened, or -1: others are due at the same instant.
-- KEYS: due, due:date, seq, open, todo, run
-- ARGV: tag, run, app, at, deadline, claims from, kept for (s),
--       then for each cohort: cohort, date, weekday, next at, next date
local due, dates, seq, open, todo, run = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local tag, id, app, at, deadline = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
--@include openings
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < tonumber(at) then return redis.error_reply('EARLY not due on this clock') end
if redis.call('EXISTS', run) == 0 then
  redis.call('HSET', run, 'state', 'opening', 'app', app, 'parts', 0, 'eligible', 0, 'pending', 0)
end
-- A cohort that came to be while the minute ended may fall due at an instant that this shard is done
-- with: it is advanced, and served next time.
local closed = redis.call('HGET', run, 'state') == 'done'
local waiting = {}  -- cohorts that are due at this instant
for _, cohort in ipairs(redis.call('ZRANGEBYSCORE', due, at, at)) do waiting[cohort] = true end
local openings, next_due, next_dates = {}, {}, {}
for i = 8, #ARGV, 5 do
  local cohort = ARGV[i]
  if waiting[cohort] then
    local counts = redis.call('HMGET', tag .. ':co:' .. cohort, 'next', 'd' .. ARGV[i + 2])
    local eligible = tonumber(counts[2] or 0)
    if not closed and eligible > 0 and redis.call('EXISTS', part_key(cohort)) == 0 then
      openings[#openings + 1] = {cohort = cohort, kind = 'digest', date = ARGV[i + 1],
        day = ARGV[i + 2], blocks = math.ceil(tonumber(counts[1] or 0) / 256), devices = eligible}
    end
    -- A cohort's due instant only rises.
    if tonumber(ARGV[i + 3]) > tonumber(at) then
      waiting[cohort] = nil
      next_due[#next_due + 1], next_due[#next_due + 2] = ARGV[i + 3], cohort
      next_dates[#next_dates + 1], next_dates[#next_dates + 2] = cohort, ARGV[i + 4]
    end
  end
end
in_few_calls('ZADD', due, next_due)
in_few_calls('HSET', dates, next_dates)
open_parts(openings, ARGV[6])
-- Whoever is due at this instant and was not named, because the caller looked a moment too early, has
-- to be opened before this shard can be done with the run.
for cohort in pairs(waiting) do
  if string.sub(cohort, 1, #app + 1) == app .. ':' then return -1 end
end
if not closed and tonumber(redis.call('HGET', run, 'parts')) == 0 then
  redis.call('HSET', run, 'state', 'done')
  redis.call('EXPIRE', run, ARGV[7])
end
return #openings
