-- What every script begins with. The layout of a record is in `layout.rs`.
--
-- KEYS: 1 meta, 2 feed, 3 due, 4 used, then those of the records.
-- ARGV: 1 format, 2 fingerprint, 3 an epoch to draw, 4 prefix of keys, 5 grace, 6 hold, 7 how long
--       ends are kept, 8 how long after that Redis itself forgets, 9 whether the client waits for
--       others to have what was done, then those of the script. Times are in microseconds.
--
-- The indexes have all sessions whatever limits the client keeps, so that nodes may differ in them
-- while they are changed. Members are the last 16 bytes of the key of a record; in `due`, the
-- principal is behind them, so that its set loses what Redis itself has dropped.
local call = redis.call
local meta, feed, due, used_order = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix = ARGV[4]
local grace, hold = tonumber(ARGV[5]), tonumber(ARGV[6])
local keep, margin = tonumber(ARGV[7]), tonumber(ARGV[8])
local records, principals, channel = prefix .. 's:', prefix .. 'p:', prefix .. 'ends'
-- Numbers are exact up to here; what is later never comes.
local NEVER = 9007199254740991
local sub, byte = string.sub, string.byte

local clock = call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

-- A time, or a seq, whose text has the order of the number.
local function text(number)
  if number > NEVER then number = NEVER end
  return string.format('%016.0f', number)
end
local now_text = text(now)

-- Sets the collection up: what an earlier one left behind is not of this epoch.
local function set_up(seq)
  call('HSET', meta, 'format', ARGV[1], 'fingerprint', ARGV[2], 'epoch', ARGV[3],
    'seq', seq, 'floor', seq)
end

local fields = call('HMGET', meta, 'format', 'fingerprint', 'epoch', 'seq', 'floor')
if not fields[1] then
  call('DEL', feed)
  set_up('0')
  fields = { ARGV[1], ARGV[2], ARGV[3], '0', '0' }
end
local epoch, first_seq, floor = fields[3], fields[4], fields[5]
local function refused(why, found)
  return { why, found, now_text, epoch, first_seq, floor }
end
if fields[1] ~= ARGV[1] then return refused('format', fields[1]) end
if fields[2] ~= ARGV[2] then return refused('key', '') end

-- Whether the record that is being dealt with has been written.
local wrote = false

-- Each command costs as much as several records in one, so these wait for the end of the script:
-- scores, or false, by member; and what listeners hear.
local due_changes, used_changes, feed_changes, heard = {}, {}, {}, {}
local seq = tonumber(first_seq)

local function next_seq(member)
  wrote = true
  seq = seq + 1
  feed_changes[member] = seq
  return seq
end

-- Writes scores into a sorted set, and takes out what has none.
local function set_scores(order, changes)
  local put, gone = {}, {}
  for member, score in pairs(changes) do
    if score then
      put[#put + 1] = score
      put[#put + 1] = member
    else
      gone[#gone + 1] = member
    end
    changes[member] = nil
  end
  if #put > 0 then call('ZADD', order, unpack(put)) end
  if #gone > 0 then call('ZREM', order, unpack(gone)) end
end

local function hear(entry)
  heard[#heard + 1] = struct.pack('>I4', #entry)
  heard[#heard + 1] = entry
end

local function answer(results)
  -- `WAIT` is for the writes of its own connection: where it is a repetition, for this.
  if seq ~= tonumber(first_seq) or ARGV[9] == '1' then
    call('HSET', meta, 'seq', string.format('%.0f', seq))
  end
  set_scores(feed, feed_changes)
  set_scores(due, due_changes)
  set_scores(used_order, used_changes)
  if #heard > 0 then call('PUBLISH', channel, table.concat(heard)) end
  return { 'ok', '', now_text, epoch, first_seq, floor, results }
end

-- What is there, as this script knows it: false for nothing, `UNREAD` where it wrote a part.
local known, UNREAD = {}, true

local function read(key)
  local value = known[key]
  if value == nil or value == UNREAD then
    value = call('GET', key)
    known[key] = value
  end
  return value
end

local function read_all(members)
  local keys = {}
  for at, member in ipairs(members) do keys[at] = records .. member end
  if #keys == 0 then return {} end
  return call('MGET', unpack(keys))
end

-- The time at `at` of a record.
local function instant(value, at) return tonumber(sub(value, at, at + 15)) end

local function is_live(value) return byte(value) == 76 end
local function is_end(value) return byte(value) == 69 end

-- When the pruner ends this session, at the earliest.
local function due_at(value)
  local at, busy = instant(value, 2) + instant(value, 34) + grace + hold, instant(value, 18)
  if busy > at then at = busy end
  local deadline = instant(value, 50)
  if deadline < at then at = deadline end
  return at
end

-- Writes a record that Redis itself is to forget some time after `at`.
local function write(key, value, at)
  wrote = true
  local gone = at + margin
  if gone < NEVER then
    call('SET', key, value, 'PXAT', string.format('%.0f', math.ceil(gone / 1000)))
  else
    call('SET', key, value)
  end
  known[key] = value
end

-- While the first digits of its times stay, for nearly three hours, a session is due by so much
-- later at most.
local DIGITS, SPAN = 6, 10000000000

local function write_live(key, value) write(key, value, due_at(value) + SPAN) end

-- Writes when a live session was used, and until when it is in use: the times alone, unless Redis
-- is to forget it later than before. So replicas and the file of commands get no body either.
local function write_times(key, value, used, busy)
  if sub(used, 1, DIGITS) == sub(value, 2, 1 + DIGITS)
    and sub(busy, 1, DIGITS) == sub(value, 18, 17 + DIGITS) then
    wrote = true
    call('SETRANGE', key, 1, used .. busy)
    known[key] = UNREAD
  else
    write_live(key, 'L' .. used .. busy .. sub(value, 34))
  end
end

local function principal_of(value)
  local high, low = byte(value, 115, 116)
  local length = high * 256 + low
  if length == 65535 then return nil end
  return sub(value, 119, 118 + length)
end

-- What a session is called among those that are due.
local function due_name(member, principal)
  return principal and member .. ':' .. principal or member
end

-- Puts a live session into the indexes, by lower bounds.
local function index(key, value)
  local member, at, principal = sub(key, -16), due_at(value), principal_of(value)
  if at < NEVER then due_changes[due_name(member, principal)] = at end
  used_changes[member] = instant(value, 2)
  if principal then call('ZADD', principals .. principal, instant(value, 2), member) end
end

local function unindex(key, value)
  local member, principal = sub(key, -16), principal_of(value)
  due_changes[due_name(member, principal)], used_changes[member] = false, false
  if principal then call('ZREM', principals .. principal, member) end
end

-- Writes an end, tells the feed, and those who listen.
local function write_end(key, tail)
  local member = sub(key, -16)
  local value = 'E' .. now_text .. text(next_seq(member)) .. tail
  write(key, value, now + keep)
  hear(member .. value)
end

-- Ends a live session.
local function finish(key, value, tail)
  write_end(key, tail)
  unindex(key, value)
end
