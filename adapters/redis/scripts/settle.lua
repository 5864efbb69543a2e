-- What commit and retry_settle share: counting into a part and its run, and ending both. `tag` and
-- `kept` are set by the script.
local function count(name, run, field, amount)
  if amount ~= 0 then redis.call('HINCRBY', tag .. ':run:' .. run, field, amount) end
end

local function settle(name, run, devices)
  if devices == 0 then return end
  redis.call('HINCRBY', tag .. ':p:' .. name, 'pending', -devices)
  redis.call('HINCRBY', tag .. ':run:' .. run, 'pending', -devices)
end

-- Devices that were counted when the part opened, and are not of its audience.
local function exclude(name, run, devices)
  if devices == 0 then return end
  for _, key in ipairs({tag .. ':p:' .. name, tag .. ':run:' .. run}) do
    redis.call('HINCRBY', key, 'eligible', -devices)
    redis.call('HINCRBY', key, 'pending', -devices)
  end
end

-- A part is done when all blocks are and no retry entry is left. Whoever was counted when it opened
-- and was not met since has left meanwhile; of a walk over everybody nobody knows whether they were
-- of its audience.
local function finish(name, run)
  local part = tag .. ':p:' .. name
  local p = redis.call('HMGET', part, 'done', 'blocks', 'retry', 'pending', 'state', 'kind')
  if p[5] ~= 'open' or tonumber(p[1]) < tonumber(p[2]) or tonumber(p[3]) > 0 then return end
  local left = tonumber(p[4])
  if p[6] == 'walk' then
    exclude(name, run, left)
  elseif left ~= 0 then
    count(name, run, 's:gone', left)
    settle(name, run, left)
  end
  redis.call('HSET', part, 'state', 'done')
  redis.call('ZREM', tag .. ':open', name)
  redis.call('ZREM', tag .. (p[6] == 'digest' and ':todo' or ':todo:n'), name)
  redis.call('EXPIRE', part, kept)
  redis.call('EXPIRE', tag .. ':bm:' .. name, kept)
  redis.call('EXPIRE', tag .. ':why:' .. name, kept)
  if redis.call('HINCRBY', tag .. ':run:' .. run, 'parts', -1) == 0 then
    redis.call('HSET', tag .. ':run:' .. run, 'state', 'done')
    redis.call('EXPIRE', tag .. ':run:' .. run, kept)
    redis.call('DEL', tag .. ':rt:' .. run, tag .. ':ids:' .. run)
  end
end

local function remember_why(name, block, pairs_of_bytes)
  if #pairs_of_bytes == 0 then return end
  local why = tag .. ':why:' .. name
  redis.call('HSET', why, block, (redis.call('HGET', why, block) or '') .. pairs_of_bytes)
end
