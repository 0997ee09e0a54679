-- ARGV: 10 how many at most.
local left = tonumber(ARGV[10])
-- `passed` are the entries of the order that are put right without an end.
local ended, forgotten, passed, more = 0, 0, 0, false
-- How many records are read at a time, and how many of those that are due one script looks at.
local PAGE, budget = 100, 300

-- What is old is at the front of the feed, which is in the order of time. What Redis itself has
-- dropped is as old as what comes after it; where nothing does, nobody knows how old it is.
local function is_old(value) return now - instant(value, is_live(value) and 66 or 2) > keep end

-- Looks at a page from this rank on. Returns how many are before the end of its last old one, if it
-- has one, and whether what is behind the page is not old.
local function look(from)
  local members = call('ZRANGE', feed, from, from + PAGE)
  local old = nil
  for at, value in ipairs(read_all(members)) do
    if value and not is_old(value) then return old, true end
    if value then old = from + at end
  end
  return old, #members <= PAGE
end

-- Behind a page of which Redis has dropped all, steps twice as long each time find what it has not,
-- or go too far; then they get shorter.
local old, ends_here = look(0)
local at, step, longer = 0, PAGE, true
while not old and not ends_here and step >= PAGE do
  local found, beyond = look(at + step)
  if found then
    old, ends_here = found, beyond
  else
    if beyond then longer = false else at = at + step end
    step = longer and step * 2 or step / 2
  end
end

if old and left == 0 then
  more = true
elseif old then
  local page = call('ZRANGE', feed, 0, math.min(old, left) - 1, 'WITHSCORES')
  local members, ends = {}, {}
  for at = 1, #page, 2 do members[#members + 1] = page[at] end
  for at, value in ipairs(read_all(members)) do
    if value and not is_old(value) then break end
    if value and is_end(value) then ends[#ends + 1] = records .. members[at] end
    forgotten = at
  end
  if #ends > 0 then call('DEL', unpack(ends)) end
  if forgotten > 0 then
    call('ZREMRANGEBYRANK', feed, 0, forgotten - 1)
    floor = page[2 * forgotten]
    call('HSET', meta, 'floor', floor)
  end
  left = left - forgotten
  more = old > forgotten or not ends_here
end

-- Bounds that are not due are put back where they belong.
while budget > 0 do
  local members = call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, PAGE)
  if #members == 0 then break end
  local names = {}
  for at, entry in ipairs(members) do names[at] = sub(entry, 1, 16) end
  local values = read_all(names)
  for at, member in ipairs(members) do
    local key, value = records .. names[at], values[at]
    local when = value and is_live(value) and due_at(value)
    if not when then
      -- Redis has dropped it.
      passed = passed + 1
      due_changes[member], used_changes[names[at]] = false, false
      if #member > 16 then call('ZREM', principals .. sub(member, 18), names[at]) end
    elseif when > now then
      passed = passed + 1
      due_changes[member] = when < NEVER and when
    elseif left == 0 then
      more, budget = true, 0
      break
    else
      local absolute = instant(value, 50) <= now
      finish(key, value, absolute and '0absolute_timeout' or '0idle_timeout')
      ended, left = ended + 1, left - 1
    end
  end
  set_scores(due, due_changes)
  budget = budget - #members
  if budget <= 0 and #members == PAGE then more = true end
end
return answer({ ended, forgotten, passed, more and 1 or 0 })
