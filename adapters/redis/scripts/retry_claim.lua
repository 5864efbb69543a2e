-- Due entries of the retry set, each put off by one lease, so that nobody else takes it meanwhile.
-- Those of a paused run are put off by a little, but not past their deadline. One that was claimed
-- before and not settled since was perhaps sent: it goes quietly.
-- KEYS: rt
-- ARGV: tag, lease (ms), most
-- Answer: per entry: run, subscriber id (hex), packed entry, what was ordered for the run (halt)
local tag, paused_for = ARGV[1], 5000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
local halts = {}

local function halt_of(run)
  if not halts[run] then halts[run] = redis.call('HGET', tag .. ':run:' .. run, 'halt') or '0' end
  return halts[run]
end

local function deadline_of(run, entry)
  local cohort = string.sub(entry, 14)
  return tonumber(redis.call('HGET', tag .. ':p:' .. run .. '|' .. cohort, 'deadline') or 0)
end

for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local run, id = string.match(member, '^(.*)|(%x+)$')
  local entry = redis.call('HGET', tag .. ':rt:' .. run, id)
  if not entry then
    redis.call('ZREM', KEYS[1], member)
  else
    local halt = halt_of(run)
    local deadline = halt == '1' and deadline_of(run, entry) or 0
    if deadline > now then
      redis.call('ZADD', KEYS[1], math.min(now + paused_for, deadline), member)
    else
      local byte = string.byte(entry, 6)
      local flags, claims = byte % 16, math.floor(byte / 16)  -- 1 ambiguous, 8 claimed
      flags = flags < 8 and flags + 8 or flags + 1 - flags % 2
      byte = flags + (claims + 1) % 16 * 16
      entry = string.sub(entry, 1, 5) .. string.char(byte) .. string.sub(entry, 7)
      redis.call('HSET', tag .. ':rt:' .. run, id, entry)
      redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), member)
      local n = #answer
      answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = run, id, entry, halt
    end
  end
end
return answer
