-- CLAIM: blocks of one shard for one worker, under a lease on Redis's clock. First those whose lease
-- ran out, then the next never claimed. The same nonce gets the same answer.
-- KEYS: todo, ls (both of the lane), cl
-- ARGV: tag, worker, nonce, lease (ms), most, then the apps to pass over
-- Blocks of a stopped app and of a paused run are given all the same once their deadline has passed:
-- to be expired. Nothing is changed if the part of any of them is missing.
-- Answer: per block run|cohort, block, epoch, seq, date, day, at, deadline, bitmap, in doubt (0/1):
--         its holder did not give it back, what was ordered for the run (halt)
local todo, leases, last = KEYS[1], KEYS[2], KEYS[3]
local tag, worker, nonce, lease, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local before = redis.call('HGET', last, worker)
if before and string.sub(before, 1, #nonce + 1) == nonce .. ' ' then
  return cmsgpack.unpack(string.sub(before, #nonce + 2))
end
local stopped = {}
for i = 6, #ARGV do stopped[ARGV[i]] = true end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease_end = string.format('%d', now + lease)
local answer = {}
local taken = 0

local function app_of(name) return string.match(name, '|([^:]+):') end

local halts = {}
local function halt_of(name)
  local run = string.match(name, '^[^|]*')
  if not halts[run] then halts[run] = redis.call('HGET', tag .. ':run:' .. run, 'halt') or '0' end
  return halts[run]
end

-- seq, date, day, at, deadline, next, blocks
local parts = {}
local function part_of(name)
  parts[name] = parts[name] or redis.call('HMGET', tag .. ':p:' .. name, 'seq', 'date', 'day', 'at',
    'deadline', 'next', 'blocks')
  return parts[name]
end

local function held_back(name)
  if not stopped[app_of(name)] and halt_of(name) ~= '1' then return false end
  local deadline = part_of(name)[5]
  return deadline and tonumber(deadline) > now
end

local given, new = {}, {}  -- leases and their members; of each part fields and values
local function set(name, field, value)
  local fields = new[name] or {}
  fields[#fields + 1], fields[#fields + 2] = field, value
  new[name] = fields
end

local function give(name, block, epoch, bits, doubt)
  local p = part_of(name)
  set(name, 'e' .. block, epoch)
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3] = name, block, epoch
  answer[n + 4], answer[n + 5], answer[n + 6] = p[1], p[2], p[3]
  answer[n + 7], answer[n + 8], answer[n + 9] = p[4], p[5], bits
  answer[n + 10], answer[n + 11] = doubt, halt_of(name)
  given[#given + 1], given[#given + 2] = lease_end, name .. '|' .. block
  taken = taken + 1
end

local function take_over(members)
  for i = 1, #members, 2 do
    if taken >= most then return true end
    local name, block = string.match(members[i], '^(.*)|(%d+)$')
    if not held_back(name) then
      local held = redis.call('HMGET', tag .. ':p:' .. name, 'e' .. block, 'b' .. block)
      if not held[1] then return false end
      -- A released lease stands at 0 or ends in a half: its holder committed to the last answer.
      local ended = tonumber(members[i + 1])
      local doubt = (ended == 0 or ended % 1 ~= 0) and '0' or '1'
      give(name, block, string.format('%d', held[1] + 1), held[2] or '', doubt)
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
-- A part all of whose blocks are taken leaves the list; those that are held back are passed over.
local passed, whole = 0, {}
while taken < most and passed <= 512 do
  local names = redis.call('ZRANGEBYSCORE', todo, '-inf', now, 'LIMIT', passed + #whole, most)
  for _, name in ipairs(names) do
    if taken >= most then break end
    if held_back(name) then
      passed = passed + 1
    else
      local p = part_of(name)
      if not p[6] then return regressed end
      local first, all = tonumber(p[6]), tonumber(p[7])
      local stop = math.min(all, first + most - taken)
      local fields = {}
      for block = first, stop - 1 do fields[#fields + 1] = 'b' .. block end
      -- Bits stand in a block before its first claim where readers left it.
      local bits = #fields > 0 and redis.call('HMGET', tag .. ':p:' .. name, unpack(fields))
      for i = 1, #fields do
        give(name, string.format('%d', first + i - 1), '1', bits[i] or '', '0')
      end
      set(name, 'next', string.format('%d', stop))
      if stop >= all then whole[#whole + 1] = name end
    end
  end
  if #names < most then break end
end
for name, fields in pairs(new) do redis.call('HSET', tag .. ':p:' .. name, unpack(fields)) end
if #whole > 0 then redis.call('ZREM', todo, unpack(whole)) end
if taken > 0 then
  redis.call('ZADD', leases, unpack(given))
  redis.call('HSET', last, worker, nonce .. ' ' .. cmsgpack.pack(answer))
end
return answer
