-- What commit and retry_settle share: counting into parts and their runs, and ending both. Each part is
-- read once, and written back by keep_parts(). `tag` and `kept` are set by the script.
local part_fields = {'state', 'kind', 'blocks', 'done', 'retry', 'eligible', 'pending'}
local counted_fields = {'done', 'retry', 'eligible', 'pending'}
local run_fields = {'accepted', 'pending', 'parts'}  -- read, because nearly every call counts them
local parts, runs = {}, {}

-- `more`: fields to be read beside those that are counted; p.more has their values, false for none.
-- nil: there is no such part.
local function read_part(name, more)
  local fields = {unpack(part_fields)}
  for i = 1, #more do fields[#fields + 1] = more[i] end
  local values = redis.call('HMGET', tag .. ':p:' .. name, unpack(fields))
  if not values[1] then return nil end
  local p = {name = name, state = values[1], kind = values[2], blocks = tonumber(values[3]),
    before = {}, more = {}, set = {}}
  for i, field in ipairs(counted_fields) do
    p[field] = tonumber(values[3 + i])
    p.before[field] = p[field]
  end
  for i, field in ipairs(more) do p.more[field] = values[#part_fields + i] end
  parts[#parts + 1] = p
  return p
end

-- A field to be written with what was counted, and from now on read so.
local function set(p, field, value)
  p.more[field] = value
  p.set[#p.set + 1], p.set[#p.set + 2] = field, value
end

local function run_of(run)
  if runs[run] then return runs[run] end
  local values = redis.call('HMGET', tag .. ':run:' .. run, 'halt', unpack(run_fields))
  local r = {halt = values[1] or '0', before = {}, others = {}}
  for i, field in ipairs(run_fields) do
    r[field] = tonumber(values[1 + i] or 0)
    r.before[field] = r[field]
  end
  runs[run] = r
  return r
end

local function count(run, field, amount)
  if amount == 0 then return end
  local r = run_of(run)
  local of = r.before[field] and r or r.others
  of[field] = (of[field] or 0) + amount
end

local function settle(p, run, devices)
  p.pending = p.pending - devices
  count(run, 'pending', -devices)
end

-- Devices that were counted when the part opened, and are not of its audience.
local function exclude(p, run, devices)
  p.eligible = p.eligible - devices
  count(run, 'eligible', -devices)
  settle(p, run, devices)
end

-- `changes`: fields and values that are written in any case.
local function keep_changes(key, now, fields, changes)
  for _, field in ipairs(fields) do
    if now[field] ~= now.before[field] then
      changes[#changes + 1], changes[#changes + 2] = field, string.format('%d', now[field])
    end
  end
  if #changes > 0 then redis.call('HSET', key, unpack(changes)) end
end

local function keep_parts()
  for _, p in ipairs(parts) do keep_changes(tag .. ':p:' .. p.name, p, counted_fields, p.set) end
  for run, r in pairs(runs) do
    local key = tag .. ':run:' .. run
    keep_changes(key, r, run_fields, {})
    for field, amount in pairs(r.others) do
      if amount ~= 0 then redis.call('HINCRBY', key, field, amount) end
    end
  end
end

-- A part is done when all blocks are and no retry entry is left. Whoever was counted when it opened
-- and was not met since has left meanwhile; of a walk over everybody nobody knows whether they were
-- of its audience.
local function finish(p, run)
  if p.state ~= 'open' or p.done < p.blocks or p.retry > 0 then return end
  if p.kind == 'walk' then
    exclude(p, run, p.pending)
  else
    count(run, 's:gone', p.pending)
    settle(p, run, p.pending)
  end
  p.state = 'done'
  set(p, 'state', 'done')
  redis.call('ZREM', tag .. ':open', p.name)
  redis.call('EXPIRE', tag .. ':p:' .. p.name, kept)
  count(run, 'parts', -1)
  if run_of(run).parts == 0 then
    redis.call('HSET', tag .. ':run:' .. run, 'state', 'done')
    redis.call('EXPIRE', tag .. ':run:' .. run, kept)
    redis.call('DEL', tag .. ':rt:' .. run, tag .. ':ids:' .. run)
  end
end

-- `field`, of the block's reasons, was read with the part.
local function remember_why(p, field, pairs_of_bytes)
  if #pairs_of_bytes == 0 then return end
  set(p, field, (p.more[field] or '') .. pairs_of_bytes)
end
