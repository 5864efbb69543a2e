-- CLAIM: blocks of one shard for one worker, under a lease on Redis's clock. First those whose lease
-- ran out, then the next never claimed. The same nonce gets the same answer.
-- KEYS: todo, ls (both of the lane), cl
-- ARGV: tag, worker, nonce, lease (ms), most, then the apps to pass over
-- Blocks of a stopped app and of a paused run are given all the same once their deadline has passed:
-- to be expired.
-- Answer: per block run|cohort, block, epoch, seq, date, day, at, deadline, bitmap, in doubt (0/1):
--         its holder did not give it back, what was ordered for the run (halt)
local todo, leases, last = KEYS[1], KEYS[2], KEYS[3]
local tag, worker, nonce, lease, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local before = redis.call('HGET', last, worker)
if before then
  local kept = cmsgpack.unpack(before)
  if kept[1] == nonce then return kept[2] end
end
local stopped = {}
for i = 6, #ARGV do stopped[ARGV[i]] = true end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
local taken = 0

local function app_of(name) return string.match(name, '|([^:]+):') end

local halts = {}
local function halt_of(name)
  local run = string.match(name, '^[^|]*')
  if not halts[run] then halts[run] = redis.call('HGET', tag .. ':run:' .. run, 'halt') or '0' end
  return halts[run]
end

local function held_back(name)
  if not stopped[app_of(name)] and halt_of(name) ~= '1' then return false end
  local deadline = redis.call('HGET', tag .. ':p:' .. name, 'deadline')
  return deadline and tonumber(deadline) > now
end

local function give(name, block, epoch, doubt)
  local part = tag .. ':p:' .. name
  local p = redis.call('HMGET', part, 'seq', 'date', 'day', 'at', 'deadline')
  local bits = redis.call('HGET', tag .. ':bm:' .. name, block) or ''
  redis.call('ZADD', leases, now + lease, name .. '|' .. block)
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3] = name, tostring(block), tostring(epoch)
  answer[n + 4], answer[n + 5], answer[n + 6] = p[1], p[2], p[3]
  answer[n + 7], answer[n + 8], answer[n + 9], answer[n + 10] = p[4], p[5], bits, doubt
  answer[n + 11] = halt_of(name)
  taken = taken + 1
end

local function take_over(members)
  for i = 1, #members, 2 do
    if taken >= most then return true end
    local name, block = string.match(members[i], '^(.*)|(%d+)$')
    if not held_back(name) then
      local part = tag .. ':p:' .. name
      if redis.call('EXISTS', part) == 0 then return false end
      -- A released lease stands at 0 or ends in a half: its holder committed to the last answer.
      local ended = tonumber(members[i + 1])
      local doubt = (ended == 0 or ended % 1 ~= 0) and '0' or '1'
      give(name, block, redis.call('HINCRBY', part, 'e' .. block, 1), doubt)
    end
  end
  return true
end

-- A lease further ahead than one lease was set by a clock that went back: it counts as run out.
local regressed = redis.error_reply('REGRESSED a part is missing')
if not take_over(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'WITHSCORES',
     'LIMIT', 0, most + 512)) or
   not take_over(redis.call('ZRANGEBYSCORE', leases, '(' .. (now + lease), '+inf', 'WITHSCORES',
     'LIMIT', 0, most)) then
  return regressed
end
if taken < most then
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', todo, '-inf', now, 'LIMIT', 0, 512)) do
    if taken >= most then break end
    if not held_back(name) then
      local part = tag .. ':p:' .. name
      local p = redis.call('HMGET', part, 'next', 'blocks')
      if not p[1] then return regressed end
      local block, blocks = tonumber(p[1]), tonumber(p[2])
      while block < blocks and taken < most do
        redis.call('HSET', part, 'e' .. block, 1)
        give(name, block, 1, '0')
        block = block + 1
      end
      redis.call('HSET', part, 'next', block)
      if block >= blocks then redis.call('ZREM', todo, name) end
    end
  end
end
if taken > 0 then redis.call('HSET', last, worker, cmsgpack.pack({nonce, answer})) end
return answer
