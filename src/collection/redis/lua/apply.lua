-- ARGV: 10 to 12 the most sessions of a principal (or -1), whether that limit evicts, and what must
-- have been idle for how long to be evicted; 13 to 15 the same of all sessions; then the requests,
-- each a letter and what it needs.
local limit_of_principal = { 'p', tonumber(ARGV[10]), ARGV[11] == '1', tonumber(ARGV[12]) }
local limit_of_all = { 'g', tonumber(ARGV[13]), ARGV[14] == '1', tonumber(ARGV[15]) }
-- How many records a script looks at, to find those to evict.
local budget = 1000

local function done(value)
  if value and is_live(value) then return 'D' .. sub(value, 86, 89) end
  return 'D\0\0\0\0'
end

-- Puts what this script has written there into what it has read.
local function latest(key, value)
  if known[key] ~= nil then return read(key) end
  return value
end

-- The session in this order that was used the longest ago and is not busy, and whether all are.
-- Scores are lower bounds, so it is the oldest once the next bound is not below it.
local function oldest(order)
  local best, best_value, best_used, all_busy, from, length = nil, nil, nil, true, 0, 2
  while budget > 0 do
    if length < 100 then length = 2 * length end
    local page = call('ZRANGE', order, from, from + length - 1, 'WITHSCORES')
    local members = {}
    for at = 1, #page, 2 do members[#members + 1] = page[at] end
    if #members == 0 then break end
    budget = budget - #members
    local values, stay, changes = read_all(members), 0, {}
    for at, member in ipairs(members) do
      local bound = tonumber(page[2 * at])
      if best and bound >= best_used then
        set_scores(order, changes)
        return best, best_value, best_used, false
      end
      local key = records .. member
      local value = latest(key, values[at])
      if not value or not is_live(value) then
        changes[member] = false
      else
        local used = instant(value, 2)
        if used > bound then changes[member] = used else stay = stay + 1 end
        if instant(value, 18) <= now then
          all_busy = false
          if not best or used < best_used then best, best_value, best_used = key, value, used end
        end
      end
    end
    set_scores(order, changes)
    from = from + stay
  end
  return best, best_value, best_used, all_busy
end

-- Drops what Redis itself has dropped from the front of this order.
local function sweep(order)
  local members = call('ZRANGE', order, 0, 49)
  local values, gone = read_all(members), {}
  for at, member in ipairs(members) do
    if not latest(records .. member, values[at]) then gone[member] = false end
  end
  set_scores(order, gone)
end

local function full(limit, live, all_busy)
  return string.format('F%s%.0f%s', limit[1], live, all_busy and 'b' or '-')
end

-- The session that has to make room under this limit, if any: its key and record. Or why there is
-- no room.
local function room(limit, order, leaving)
  if limit[2] < 0 or not order then return end
  local live = call('ZCARD', order) - leaving
  if live < limit[2] then return end
  local key, value, used, all_busy
  if limit[3] then key, value, used, all_busy = oldest(order) else sweep(order) end
  -- Redis itself may have dropped some of them.
  live = call('ZCARD', order) - leaving
  if live < limit[2] then return end
  if not key or now - used < limit[4] then
    return nil, nil, full(limit, live, limit[3] and not key and all_busy)
  end
  return key, value
end

-- Makes room for one more, and ends nobody where there is none. Returns why.
local function make_room(principal)
  local own = principal and principals .. principal
  local first, first_value, why = room(limit_of_principal, own, 0)
  if why then return why end
  local second, second_value
  if limit_of_all[2] >= 0 then set_scores(used_order, used_changes) end
  second, second_value, why = room(limit_of_all, used_order, first and 1 or 0)
  if why then return why end
  if first then finish(first, first_value, '0evicted_principal') end
  if second and second ~= first then finish(second, second_value, '0evicted_global') end
end

local function mark_used(key, used)
  if limit_of_all[3] then used_changes[sub(key, -16)] = tonumber(used) end
end

-- The seq of an end or a change under a key that has nothing: Redis was short of memory, and
-- dropped it. Those of all keys of the script are read at once.
local there, lost = {}, nil
local function lost_seq(key)
  local member = sub(key, -16)
  if not lost then
    local members = {}
    lost = {}
    for number, value in ipairs(there) do
      if not value then members[#members + 1] = sub(KEYS[number + 4], -16) end
    end
    local seqs = #members > 0 and call('ZMSCORE', feed, unpack(members)) or {}
    for at, name in ipairs(members) do lost[name] = seqs[at] end
  end
  if lost[member] == nil then lost[member] = call('ZSCORE', feed, member) end
  return lost[member]
end

-- Each is given the key, what is there, and where its arguments begin. Returns the answer.
local ops = {}

-- Insert: epoch, the last moment, the record.
function ops.I(key, value, at)
  if ARGV[at] ~= epoch or now_text > ARGV[at + 1] then return 'S' end
  local new = ARGV[at + 2]
  if value then
    if is_end(value) then return value end
    if sub(value, 82, 85) == sub(new, 82, 85) then return done(value) end
    return 'X'
  end
  local ended = lost_seq(key)
  if ended then return 'E' .. now_text .. text(tonumber(ended)) .. '0removed' end
  local why = make_room(principal_of(new))
  if why then return why end
  if sub(new, 2, 17) > now_text then new = 'L' .. now_text .. sub(new, 18) end
  write_live(key, new)
  index(key, new)
  return done(new)
end

-- Touch: used, busy until.
function ops.T(key, value, at)
  if not value then return 'M' end
  if is_end(value) then return value end
  local used, busy = ARGV[at], ARGV[at + 1]
  if used > now_text then used = now_text end
  local old_used, old_busy = sub(value, 2, 17), sub(value, 18, 33)
  if used < old_used then used = old_used end
  if busy < old_busy then busy = old_busy end
  if used ~= old_used or busy ~= old_busy then
    write_times(key, value, used, busy)
    if used ~= old_used then mark_used(key, used) end
  end
  return 'D' .. sub(value, 86, 89)
end

-- Remove: the end's tail, whether to fence.
function ops.R(key, value, at)
  if value then
    if is_end(value) then return value end
    finish(key, value, ARGV[at])
    return done(nil)
  end
  if ARGV[at + 1] ~= '1' then return 'M' end
  write_end(key, ARGV[at])
  return done(nil)
end

-- Load.
function ops.G(key, value)
  if not value then return 'M' end
  if is_end(value) then return value end
  local used = instant(value, 2)
  if now >= used + instant(value, 34) + grace or now >= instant(value, 50) then return 'M' end
  if used < now then
    write_times(key, value, now_text, sub(value, 18, 33))
    value = 'L' .. now_text .. sub(value, 18)
    mark_used(key, now)
  end
  return value
end

-- Update: nonce, version, the next version, token, data.
function ops.U(key, value, at)
  if not value then return 'M' end
  if is_end(value) then return value end
  if sub(value, 82, 85) ~= ARGV[at] then return value end
  local version, token = sub(value, 86, 89), sub(value, 90, 97)
  if version == ARGV[at + 2] and token == ARGV[at + 3] then return done(value) end
  if version ~= ARGV[at + 1] then return value end
  local high, low = byte(value, 115, 116)
  local names = high * 256 + low
  if names == 65535 then names = 0 end
  high, low = byte(value, 117, 118)
  local data_at = 119 + names + high * 256 + low
  local new = sub(value, 1, 65) .. now_text .. ARGV[at] .. ARGV[at + 2] .. ARGV[at + 3]
    .. sub(value, 98, data_at - 1) .. ARGV[at + 4]
  next_seq(sub(key, -16))
  write_live(key, new)
  hear(sub(key, -16) .. 'U' .. ARGV[at + 2])
  return done(new)
end

-- Rotate: the new key, the end's tail, the successor in it, the name for logs.
function ops.X(key, value, at)
  local new_key, successor = ARGV[at], ARGV[at + 2]
  if value and is_end(value) then
    local flags = byte(value, 34)
    local from = (flags == 51) and 51 or 35
    if flags >= 50 and sub(value, from, from + 31) == successor then return done(read(new_key)) end
    return value
  end
  if read(new_key) or lost_seq(new_key) then return 'X' end
  if not value then return 'M' end
  local new = sub(value, 1, 97) .. 't' .. ARGV[at + 3] .. sub(value, 115)
  finish(key, value, ARGV[at + 1])
  write_live(new_key, new)
  index(new_key, new)
  return done(new)
end

local width = { I = 3, T = 2, R = 2, G = 0, U = 5, X = 4 }

local results = {}
if #KEYS > 4 then there = call('MGET', unpack(KEYS, 5)) end
local at = 16
for number = 1, #KEYS - 4 do
  local op, key = ARGV[at], KEYS[number + 4]
  local value = latest(key, there[number])
  if value and not is_live(value) and not is_end(value) then
    results[number] = 'u'
  else
    wrote = false
    local ok, result = pcall(ops[op], key, value, at + 1)
    if not ok then
      if type(result) == 'table' then result = result.err end
      -- What it knew may be wrong now.
      pcall(function() known[key] = call('GET', key) end)
      result = (wrote and '?' or '!') .. tostring(result)
    end
    results[number] = result
  end
  at = at + 1 + width[op]
end
return answer(results)
