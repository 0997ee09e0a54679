-- ARGV: 10 how many at most.
local left = tonumber(ARGV[10])
local ended, forgotten, more = 0, 0, false
-- The records that one script looks at.
local PAGE, budget = 100, 300

-- What is old is at the front of the feed, which is in the order of time. What Redis itself has
-- dropped is as old as what comes after it.
local old, lost = {}, {}
while not more do
  local from = #old + #lost
  local page = call('ZRANGE', feed, from, from + PAGE - 1, 'WITHSCORES')
  local members = {}
  for at = 1, #page, 2 do members[#members + 1] = page[at] end
  local values, young = read_all(members), false
  for at, member in ipairs(members) do
    local value = values[at]
    local entry = { member, page[2 * at], value and is_end(value) }
    -- Of a live session it is the time of its last change.
    young = value and now - instant(value, is_live(value) and 66 or 2) <= keep
    if young then break end
    if left == 0 then more = true break end
    left = left - 1
    if value then
      for _, gone in ipairs(lost) do old[#old + 1] = gone end
      lost = {}
      old[#old + 1] = entry
    else
      lost[#lost + 1] = entry
    end
  end
  budget = budget - #members
  if young or #members < PAGE then break end
  if budget <= 0 then more = true end
end
local ends, notes = {}, {}
for _, entry in ipairs(old) do
  notes[entry[1]] = false
  if entry[3] then ends[#ends + 1] = records .. entry[1] end
end
set_scores(feed, notes)
if #ends > 0 then call('DEL', unpack(ends)) end
if #old > 0 then
  forgotten = #old
  floor = old[#old][2]
  call('HSET', meta, 'floor', floor)
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
      due_changes[member], used_changes[names[at]] = false, false
      if #member > 16 then call('ZREM', principals .. sub(member, 18), names[at]) end
    elseif when > now then
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
return answer({ ended, forgotten, more and 1 or 0 })
